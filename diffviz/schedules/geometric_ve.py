"""Variance exploding: the data stay where they are and noise grows geometrically."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import ConfigError, Range
from diffviz.protocols import Array, T
from diffviz.schedules.base import GaussianSchedule, ops


@dataclass(frozen=True)
class GeometricVE(GaussianSchedule):
    """alpha = 1, sigma from sigma_min to sigma_max at a constant ratio."""

    title: ClassVar[str] = "Geometric VE"
    paper: ClassVar[str] = "Song et al. 2021, equation 31; σ max after Song and Ermon 2020, technique 1"
    latex: ClassVar[str] = r"\alpha_t=1,\quad\sigma_t=\sigma_{\min}\,(\sigma_{\max}/\sigma_{\min})^t"
    t_min: ClassVar[float] = 0.0

    sigma_min: Annotated[
        float, Range(1e-4, 0.5, label="σ min", log=True, help="Noise at t = 0, in units of the data.")
    ] = 0.01
    sigma_max: Annotated[
        float, Range(0.6, 500.0, label="σ max", log=True, help="Noise at t = 1, in units of the data.")
    ] = 10.0

    @classmethod
    def for_data(cls, points: Array, sigma_min: float = 0.01) -> GeometricVE:
        """sigma_max = the diameter of the data's bounding box, no less than any pairwise distance; points (B, *D)."""
        flat = points.reshape(len(points), -1)
        return cls(sigma_min, max(0.6, float(np.linalg.norm(flat.max(axis=0) - flat.min(axis=0)))))

    @property
    def _log_ratio(self) -> float:
        return math.log(self.sigma_max / self.sigma_min)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sigma_max <= self.sigma_min:
            raise ConfigError(f"σ max must be above σ min, got {self.sigma_max:g} ≤ {self.sigma_min:g}.")

    def log_alpha(self, t: T) -> T:
        """0 at every t, as alpha = 1: the signal keeps its size."""
        return 0.0 * t

    def sigma(self, t: T) -> T:
        """sigma_min (sigma_max / sigma_min)^t, in units of the data."""
        return self.sigma_min * ops(t).exp(self._log_ratio * t)

    def f(self, t: T) -> T:
        """0 at every t, as the signal keeps its size: there is no drift."""
        return 0.0 * t

    def g2(self, t: T) -> T:
        """d sigma² / dt = 2 log(sigma_max / sigma_min) sigma², as there is no drift."""
        return 2 * self._log_ratio * self.sigma(t) ** 2

    def time_of(self, lam: T) -> T:
        """The t with sigma_t = e^{-lam}, as alpha = 1."""
        return (-lam - math.log(self.sigma_min)) / self._log_ratio
