"""The straight path of flow matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from diffviz.protocols import T
from diffviz.schedules.base import GaussianSchedule, ops


@dataclass(frozen=True)
class Flow(GaussianSchedule):
    """alpha = 1 - t, sigma = t: data and noise mixed along straight lines, as one schedule among others."""

    title: ClassVar[str] = "Flow (straight)"
    paper: ClassVar[str] = "Lipman et al. 2023, equation 20 with σ min = 0; Liu et al. 2023"
    latex: ClassVar[str] = r"\alpha_t=1-t,\quad\sigma_t=t,\quad g^2=\tfrac{2t}{1-t}"
    t_max: ClassVar[float] = 0.999

    def log_alpha(self, t: T) -> T:
        """log(1 - t), by log1p, as alpha = 1 - t."""
        return ops(t).log1p(-t)

    def sigma(self, t: T) -> T:
        """t: the noise grows as the signal falls."""
        return 1.0 * t

    def f(self, t: T) -> T:
        """d log(1 - t) / dt = -1 / (1 - t), without bound towards t = 1."""
        return -1 / (1 - t)

    def g2(self, t: T) -> T:
        """d t² / dt - 2 f t² = 2 t / (1 - t), without bound towards t = 1."""
        return 2 * t / (1 - t)

    def time_of(self, lam: T) -> T:
        """1 / (1 + e^lam), from (1 - t) / t = e^lam."""
        return 1 / (1 + ops(lam).exp(lam))
