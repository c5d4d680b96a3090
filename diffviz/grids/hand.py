"""A grid placed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from diffviz.config import ConfigError
from diffviz.grids.base import Grid, between
from diffviz.protocols import Array, Schedule


@dataclass(frozen=True)
class HandPlaced(Grid):
    """Inner times dragged by hand, kept as shares of the way in lambda, so that they fit every schedule.

    shares: rising, each inside (0, 1). At len(shares) + 1 steps they are the inner times; at any other number of steps
    the times lie on the broken line through them.
    """

    title: ClassVar[str] = "By hand"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), section 3.3 (λ as the clock); the places are yours"
    latex: ClassVar[str] = r"\lambda_i=\lambda_{t_{\max}}+u_i(\lambda_{t_{\min}}-\lambda_{t_{\max}})"

    shares: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)

    def __post_init__(self) -> None:
        super().__post_init__()
        inner = np.array([0.0, *self.shares, 1.0])
        if not (np.isfinite(inner).all() and (np.diff(inner) > 0).all()):
            raise ConfigError("The shares of a hand-placed grid must rise between 0 and 1.")

    def place(self, schedule: Schedule, share: Array) -> Array:
        """Times at which lambda lies on the broken line through the shares, (steps + 1,)."""
        knots = np.array([0.0, *self.shares, 1.0])
        noisy, clean = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
        along = np.interp(share, np.linspace(0.0, 1.0, len(knots)), knots)
        return schedule.time_of(between(noisy, clean, along))
