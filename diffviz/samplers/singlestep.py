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

_FRACTION = "Where inside the step, in λ, the model is asked again."


@dataclass(frozen=True)
class Singlestep(StagedSampler, ABC):
    """Inner points at given fractions of each step's way in lambda, and a last step that may ask once only."""

    lower_order_final: Annotated[
        bool, Flag(label="first order at the end", help="The last step asks once only, a DDIM step: steadier, cheaper.")
    ] = False

    @property
    @abstractmethod
    def fractions(self) -> tuple[float, ...]:
        """How far along the step, in lambda, the second, third, … call is made."""

    @abstractmethod
    def inner(self, stops: Sequence[Node]) -> list[Stage]:
        """The stages of a step with all its calls."""

    def stages(self, stops: Sequence[Node]) -> list[Stage]:
        """Those of `inner`, or first order where a step asks once."""
        s, *_, t = stops
        return self.inner(stops) if len(stops) > 2 else [Stage(self.carry(s, t), (self.gain(t, t.lam - s.lam),))]

    def carry(self, s: Node, t: Node) -> float:
        """What the linear part multiplies x by."""
        return t.alpha / s.alpha if self.view == "eps" else t.sigma / s.sigma

    def gain(self, t: Node, h: float) -> float:
        """The weight at t of an answer held still over a step of h in lambda."""
        size, way = self._signs(t)
        return size * math.expm1(way * h)

    def slope(self, t: Node, h: float) -> float:
        """The weight at t of h times the answer's derivative in lambda."""
        size, way = self._signs(t)
        return size * (math.expm1(way * h) / (way * h) - 1)

    def _signs(self, t: Node) -> tuple[float, float]:
        return (-t.sigma, 1.0) if self.view == "eps" else (-t.alpha, -1.0)

    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """The times of lambda_s + r h."""
        lam = np.array([node.lam for node in nodes])
        return [schedule.time_of(lam[:-1] + r * np.diff(lam)) for r in self.fractions]

    def single(self, step: int, steps: int) -> bool:
        """The last step, if so chosen."""
        return self.lower_order_final and step == steps - 1

    def calls(self, steps: int) -> int:
        """One call for the last step, if so chosen."""
        return steps * self.cost - (self.cost - 1) * self.lower_order_final

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, (nfe + (self.cost - 1) * self.lower_order_final) // self.cost)


@dataclass(frozen=True)
class SecondOrder(Singlestep, ABC):
    """One more call inside the step gives the slope of the answer in lambda."""

    order: ClassVar[int] = 2
    cost: ClassVar[int] = 2

    r: Annotated[float, Range(0.1, 1.0, step=0.05, label="r", help=_FRACTION)] = 0.5

    @property
    def fractions(self) -> tuple[float, ...]:
        """r."""
        return (self.r,)

    def inner(self, stops: Sequence[Node]) -> list[Stage]:
        """First order to the inner point, then the corrected step."""
        s, u, t = stops
        gain = self.gain(t, t.lam - s.lam)
        share = gain / (2 * self.r)
        return [
            Stage(self.carry(s, u), (self.gain(u, u.lam - s.lam),)),
            Stage(self.carry(s, t), (gain - share, share)),
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
    def fractions(self) -> tuple[float, ...]:
        """r₁ and r₂."""
        return self.r1, self.r2

    def inner(self, stops: Sequence[Node]) -> list[Stage]:
        """To the first inner point, to the second with the slope, to the end."""
        s, u, v, t = stops
        h = t.lam - s.lam
        bend = self.r2 / self.r1 * self.slope(v, self.r2 * h)
        turn = self.slope(t, h) / self.r2
        return [
            Stage(self.carry(s, u), (self.gain(u, self.r1 * h),)),
            Stage(self.carry(s, v), (self.gain(v, self.r2 * h) - bend, bend)),
            Stage(self.carry(s, t), (self.gain(t, h) - turn, 0.0, turn)),
        ]
