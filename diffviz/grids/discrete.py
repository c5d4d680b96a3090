"""The three spacings of discrete steps that public schedulers offer and their users confuse.

A model trained on T discrete levels is called at N of them; level n stands at t = n t_max / T, n = 1 … T. In public
code levels count from 0, so its timestep is n - 1. All three end at t_min, which is level 1 of a schedule with T
levels, so that a call at level 1 would leave a last step of no length: public code that calls there steps on to x_0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import Range
from diffviz.grids.base import Grid
from diffviz.protocols import Array, Schedule

LEVELS = Range(10, 4000, label="T", help="How many levels the spacing counts in.")


@dataclass(frozen=True)
class DiscreteSpacing(Grid, ABC):
    """Whole numbers of levels, rounded as public code rounds them."""

    levels: Annotated[int, LEVELS] = 1000

    def place(self, schedule: Schedule, share: Array) -> Array:
        """The visited levels as times n t_max / T, then t_min: (steps + 1,)."""
        visited = self.visited_levels(len(share) - 1)
        return np.append(visited / self.levels * schedule.t_max, schedule.t_min)

    @abstractmethod
    def visited_levels(self, steps: int) -> Array:
        """The levels, from 1 to T, at which the model is called: (steps,), falling."""


@dataclass(frozen=True)
class Leading(DiscreteSpacing):
    """Counted up from the data in strides of T // N: the first level is far from pure noise when N is small.

    Public code calls it "leading" with an offset of 1 (`steps_offset=1`); with its offset of 0 every level is one lower
    and the last is level 1. Sampling starts from pure noise at a level where there should still be signal, which biases
    the samples.
    """

    title: ClassVar[str] = "Leading"
    paper: ClassVar[str] = "Lin et al. 2024, table 2; Song et al. 2021 (DDIM), appendix D.2 (linear)"
    latex: ClassVar[str] = r"n_i=(N-1-i)\lfloor T/N\rfloor+2"
    whole: ClassVar[bool] = False

    def visited_levels(self, steps: int) -> Array:
        """Levels (steps,) in strides of T // N up from level 2, the noisiest first."""
        return np.arange(steps - 1.0, -1.0, -1.0) * (self.levels // steps) + 2.0


@dataclass(frozen=True)
class Trailing(DiscreteSpacing):
    """Counted down from pure noise in strides of T / N: starts where it should."""

    title: ClassVar[str] = "Trailing"
    paper: ClassVar[str] = "Lin et al. 2024, table 2"
    latex: ClassVar[str] = r"n_i=\mathrm{round}(T-iT/N)"

    def visited_levels(self, steps: int) -> Array:
        """Levels (steps,) in rounded strides of T / N down from level T."""
        return np.round(self.levels - np.arange(steps) * (self.levels / steps)).astype(np.float64)


@dataclass(frozen=True)
class Linspace(DiscreteSpacing):
    """N + 1 levels from T to 1, both ends among them; the model is called at all but the last.

    So do the multistep solvers of public code. Its DDPM, DDIM and Euler spread N levels from T to 1 and call the model
    at level 1 too: their N calls stand where N - 1 steps here begin and end.
    """

    title: ClassVar[str] = "Linspace"
    paper: ClassVar[str] = "Lin et al. 2024, table 2; Nichol and Dhariwal 2021, section 4"
    latex: ClassVar[str] = r"n_i=1+\mathrm{round}\big((1-\tfrac iN)(T-1)\big)"

    def visited_levels(self, steps: int) -> Array:
        """Levels (steps,): all but the last of steps + 1 rounded ones from T to 1."""
        return 1.0 + np.round(np.linspace(0.0, self.levels - 1.0, steps + 1))[:0:-1]  # a half goes to the even timestep
