"""Singlestep exponential integrators, on the noise or on the denoised point: the same formulas but for two signs.

On eps the flow carries x by alpha_t / alpha_s and adds -sigma_t times an integral over e^h; on x_0 it carries x by
sigma_t / sigma_s and adds -alpha_t times an integral over e^{-h}.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import ConfigError, Flag, Range
from diffviz.protocols import Array, Schedule
from diffviz.samplers.base import Node, Stage, StagedSampler

_FRACTION = "How far along the step, in λ, the model is called again."


@dataclass(frozen=True)
class Singlestep(StagedSampler, ABC):
    """Inner points at given fractions of each step in lambda, and a last step that may be of first order."""

    lower_order_final: Annotated[
        bool,
        Flag(label="first order at the end", help="The last step is a DDIM step of one call: steadier."),
    ] = False

    @property
    @abstractmethod
    def lambda_fractions(self) -> tuple[float, ...]:
        """How far along the step, in lambda, the second, third, … call is made."""

    @abstractmethod
    def full_stages(self, nodes: Sequence[Node]) -> list[Stage]:
        """The stages of a step with all its calls; nodes: its start, the inner ones, its end."""

    def stages(self, nodes: Sequence[Node]) -> list[Stage]:
        """Those of all calls, or a step of first order where there is no inner node."""
        if len(nodes) > 2:
            return self.full_stages(nodes)
        s, t = nodes
        return [Stage(self.carry(s, t), (self.gain(t, t.lam - s.lam),))]

    def carry(self, s: Node, t: Node) -> float:
        """The factor of x that solves the linear part: alpha_t / alpha_s on eps, sigma_t / sigma_s on x_0."""
        return t.alpha / s.alpha if self.view == "eps" else t.sigma / s.sigma

    def gain(self, t: Node, h: float) -> float:
        """The weight at t of a prediction held still over h in lambda: -sigma_t (e^h - 1), or -alpha_t (e^{-h} - 1)."""
        size, sign = self._size_and_sign(t)
        return size * math.expm1(sign * h)

    def slope(self, t: Node, h: float) -> float:
        """The weight at t of h times the prediction's derivative in lambda: size ((e^{±h} - 1) / (±h) - 1)."""
        size, sign = self._size_and_sign(t)
        return size * (math.expm1(sign * h) / (sign * h) - 1)

    def _size_and_sign(self, t: Node) -> tuple[float, float]:
        """What differs between the two views: the size of the integral's factor and the sign of h in e^{±h}."""
        return (-t.sigma, 1.0) if self.view == "eps" else (-t.alpha, -1.0)

    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """The times of lambda_s + r h, for every r of `lambda_fractions`."""
        lam = np.array([node.lam for node in nodes])
        return [schedule.time_of(lam[:-1] + r * np.diff(lam)) for r in self.lambda_fractions]

    def first_order(self, step: int, steps: int) -> bool:
        """Whether it is the last step, and that is to be of first order."""
        return self.lower_order_final and step == steps - 1

    @property
    def _saved_calls(self) -> int:
        """By a last step that calls once only."""
        return self.cost - 1 if self.lower_order_final else 0

    def calls(self, steps: int) -> int:
        """`cost` a step, but one for the last where that is of first order."""
        return steps * self.cost - self._saved_calls

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, (nfe + self._saved_calls) // self.cost)


@dataclass(frozen=True)
class SecondOrder(Singlestep, ABC):
    """One more call inside the step gives the slope of the prediction in lambda."""

    order: ClassVar[int] = 2
    cost: ClassVar[int] = 2

    r: Annotated[float, Range(0.1, 1.0, step=0.05, label="r", help=_FRACTION)] = 0.5

    @property
    def lambda_fractions(self) -> tuple[float, ...]:
        """The one second call of DPM-Solver-2 and 2S, a fraction r along."""
        return (self.r,)

    def full_stages(self, nodes: Sequence[Node]) -> list[Stage]:
        """First order to the inner point, then the end with weights 1 - 1/(2r) and 1/(2r)."""
        s, u, t = nodes
        gain = self.gain(t, t.lam - s.lam)
        of_inner = gain / (2 * self.r)
        return [
            Stage(self.carry(s, u), (self.gain(u, u.lam - s.lam),)),
            Stage(self.carry(s, t), (gain - of_inner, of_inner)),
        ]


@dataclass(frozen=True)
class ThirdOrder(Singlestep, ABC):
    """Two more calls inside the step; order 3 needs r₂ = 2/3, as the last call alone gives the curvature."""

    order: ClassVar[int] = 3
    cost: ClassVar[int] = 3

    r1: Annotated[float, Range(0.1, 0.9, label="r₁", help=_FRACTION)] = 1 / 3
    r2: Annotated[float, Range(0.2, 1.0, label="r₂", help=f"{_FRACTION} Order 3 needs 2/3.")] = 2 / 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.r1 < self.r2:
            raise ConfigError(f"r₁ must be below r₂, got {self.r1:g} and {self.r2:g}.")

    @property
    def lambda_fractions(self) -> tuple[float, ...]:
        """The second and the third call, r₁ and r₂ along."""
        return self.r1, self.r2

    def full_stages(self, nodes: Sequence[Node]) -> list[Stage]:
        """To the first inner point, to the second with the slope so far, to the end with that of the second."""
        s, u1, u2, t = nodes
        h = t.lam - s.lam
        slope_at_u2 = self.r2 / self.r1 * self.slope(u2, self.r2 * h)
        slope_at_t = self.slope(t, h) / self.r2
        return [
            Stage(self.carry(s, u1), (self.gain(u1, self.r1 * h),)),
            Stage(self.carry(s, u2), (self.gain(u2, self.r2 * h) - slope_at_u2, slope_at_u2)),
            Stage(self.carry(s, t), (self.gain(t, h) - slope_at_t, 0.0, slope_at_t)),
        ]
