"""DPM-Solver: exponential integrators on the noise prediction, singlestep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import ConfigError, Range
from diffviz.samplers.base import LinearSampler, Move, Node, Stage
from diffviz.samplers.singlestep import Singlestep

_FRACTION = "Where inside the step, in λ, the model is asked again."


@dataclass(frozen=True)
class DPMSolver1(LinearSampler):
    """The linear part solved exactly, the noise held still over the step: the same as DDIM with eta = 0."""

    title: ClassVar[str] = "DPM-Solver-1"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), equation 3.7"
    latex: ClassVar[str] = r"x_t=\tfrac{\alpha_t}{\alpha_s}x_s-\sigma_t(e^h-1)\,\hat\epsilon(x_s)"
    view: ClassVar[str] = "eps"

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """The formula, step by step."""
        return [Move(t.alpha / s.alpha, -t.sigma * math.expm1(t.lam - s.lam)) for s, t in pairwise(nodes)]


@dataclass(frozen=True)
class DPMSolver2(Singlestep):
    """One more call inside the step gives the slope of the noise in lambda."""

    title: ClassVar[str] = "DPM-Solver-2"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), algorithm 1 and, for any r, algorithm 4"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\alpha_t}{\alpha_s}x_s-\sigma_t(e^h-1)\Big[\hat\epsilon(x_s)"
        r"+\tfrac1{2r}\big(\hat\epsilon(x_u)-\hat\epsilon(x_s)\big)\Big],\quad\lambda_u=\lambda_s+rh"
    )
    order: ClassVar[int] = 2
    cost: ClassVar[int] = 2
    view: ClassVar[str] = "eps"

    r: Annotated[float, Range(0.1, 1.0, step=0.05, label="r", help=_FRACTION)] = 0.5

    @property
    def fractions(self) -> tuple[float, ...]:
        """r."""
        return (self.r,)

    def stages(self, stops: Sequence[Node]) -> list[Stage]:
        """DPM-Solver-1 to the inner point, then the corrected step."""
        s, *inner, t = stops
        gain = -t.sigma * math.expm1(t.lam - s.lam)
        if not inner:
            return [Stage(t.alpha / s.alpha, (gain,))]
        (u,) = inner
        share = gain / (2 * self.r)
        return [
            Stage(u.alpha / s.alpha, (-u.sigma * math.expm1(u.lam - s.lam),)),
            Stage(t.alpha / s.alpha, (gain - share, share)),
        ]


@dataclass(frozen=True)
class DPMSolver3(Singlestep):
    """Two more calls inside the step; order 3 needs r₂ = 2/3, as the last call alone gives the curvature."""

    title: ClassVar[str] = "DPM-Solver-3"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), algorithm 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\alpha_t}{\alpha_s}x_s-\sigma_t(e^h-1)\,\hat\epsilon(x_s)"
        r"-\tfrac{\sigma_t}{r_2}\Big(\tfrac{e^h-1}{h}-1\Big)\big(\hat\epsilon(x_{u_2})-\hat\epsilon(x_s)\big)"
    )
    order: ClassVar[int] = 3
    cost: ClassVar[int] = 3
    view: ClassVar[str] = "eps"

    r1: Annotated[float, Range(0.1, 0.9, label="r₁", help=_FRACTION)] = 1 / 3
    r2: Annotated[float, Range(0.2, 1.0, label="r₂", help=f"{_FRACTION} Order 3 needs 2/3.")] = 2 / 3

    def __post_init__(self) -> None:
        super().__post_init__()
        ordered(self.r1, self.r2)

    @property
    def fractions(self) -> tuple[float, ...]:
        """r₁ and r₂."""
        return self.r1, self.r2

    def stages(self, stops: Sequence[Node]) -> list[Stage]:
        """To the first inner point, to the second with the slope, to the end."""
        s, *inner, t = stops
        h = t.lam - s.lam
        gain = -t.sigma * math.expm1(h)
        if not inner:
            return [Stage(t.alpha / s.alpha, (gain,))]
        u, v = inner
        bend = -self.r2 / self.r1 * v.sigma * (math.expm1(self.r2 * h) / (self.r2 * h) - 1)
        turn = -t.sigma / self.r2 * (math.expm1(h) / h - 1)
        return [
            Stage(u.alpha / s.alpha, (-u.sigma * math.expm1(self.r1 * h),)),
            Stage(v.alpha / s.alpha, (-v.sigma * math.expm1(self.r2 * h) - bend, bend)),
            Stage(t.alpha / s.alpha, (gain - turn, 0.0, turn)),
        ]


def ordered(r1: float, r2: float) -> None:
    """Refuse inner points that do not follow one another."""
    if not r1 < r2:
        raise ConfigError(f"r₁ must be below r₂, got {r1:g} and {r2:g}.")
