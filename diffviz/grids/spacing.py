"""Grids that space one quantity evenly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import Range
from diffviz.grids.base import Grid, between
from diffviz.protocols import Array, Schedule


@dataclass(frozen=True)
class UniformTime(Grid):
    """Equal steps of time, whatever the schedule makes of them."""

    title: ClassVar[str] = "Uniform t"
    paper: ClassVar[str] = "Ho et al. 2020, algorithm 2"
    latex: ClassVar[str] = r"t_i=t_{\max}+\tfrac{i}{N}(t_{\min}-t_{\max})"

    def place(self, schedule: Schedule, share: Array) -> Array:
        """Times (steps + 1,) on the straight line from t_max to t_min."""
        return between(schedule.t_max, schedule.t_min, share)


@dataclass(frozen=True)
class QuadraticTime(Grid):
    """Even in sqrt(t): denser near the data."""

    title: ClassVar[str] = "Quadratic t"
    paper: ClassVar[str] = "Song et al. 2021 (DDIM), appendix D.2"
    latex: ClassVar[str] = r"\sqrt{t_i}=\sqrt{t_{\max}}+\tfrac{i}{N}(\sqrt{t_{\min}}-\sqrt{t_{\max}})"

    def place(self, schedule: Schedule, share: Array) -> Array:
        """Squares of numbers on the straight line from sqrt(t_max) to sqrt(t_min), (steps + 1,)."""
        return between(math.sqrt(schedule.t_max), math.sqrt(schedule.t_min), share) ** 2


@dataclass(frozen=True)
class UniformLogSNR(Grid):
    """Even in lambda: equal factors of the signal-to-noise ratio."""

    title: ClassVar[str] = "Uniform log-SNR"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), section 3.3"
    latex: ClassVar[str] = r"\lambda_i=\lambda_{t_{\max}}+\tfrac{i}{N}(\lambda_{t_{\min}}-\lambda_{t_{\max}})"

    def place(self, schedule: Schedule, share: Array) -> Array:
        """Times at which lambda is on the straight line between its ends, (steps + 1,)."""
        noisy, clean = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
        return schedule.time_of(between(noisy, clean, share))


@dataclass(frozen=True)
class Karras(Grid):
    """Even in (sigma / alpha)^{1 / rho}: rho = 1 is even in the noise itself, a large rho nears uniform log-SNR."""

    title: ClassVar[str] = "Karras ρ"
    paper: ClassVar[str] = "Karras et al. 2022, equation 5"
    latex: ClassVar[str] = (
        r"s_i=\Big(s_{\max}^{1/\rho}+\tfrac iN\big(s_{\min}^{1/\rho}-s_{\max}^{1/\rho}\big)\Big)^\rho,"
        r"\quad s=\sigma/\alpha"
    )

    rho: Annotated[float, Range(1.0, 20.0, step=0.5, label="ρ", help="7 is the paper's choice.")] = 7.0

    def place(self, schedule: Schedule, share: Array) -> Array:
        """Even in the rho-th root of sigma / alpha = e^{-lambda}."""
        noisy, clean = np.exp(-schedule.lam(np.array([schedule.t_max, schedule.t_min])) / self.rho)
        return schedule.time_of(-self.rho * np.log(between(noisy, clean, share)))
