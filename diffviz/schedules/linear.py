"""The linear schedules: variance preserving, and sub-VP with the same signal and less noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from diffviz.config import ConfigError, Range
from diffviz.protocols import T
from diffviz.schedules.base import GaussianSchedule, VariancePreserving, ops


@dataclass(frozen=True)
class _LinearBeta(GaussianSchedule):
    """The signal that both share: log alpha = -(beta_max - beta_min) t² / 4 - beta_min t / 2."""

    beta_min: Annotated[float, Range(0.01, 5.0, step=0.01, label="β min", help="Noise rate at t = 0.")] = 0.1
    beta_max: Annotated[float, Range(1.0, 50.0, step=0.5, label="β max", help="Noise rate at t = 1.")] = 20.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta_max < self.beta_min:
            raise ConfigError(f"β max must be at least β min, got {self.beta_max:g} < {self.beta_min:g}.")

    def log_alpha(self, t: T) -> T:
        """-(beta_max - beta_min) t² / 4 - beta_min t / 2, minus half the integral of beta."""
        return -(self.beta_max - self.beta_min) / 4 * t * t - self.beta_min / 2 * t

    def f(self, t: T) -> T:
        """-beta(t) / 2, with beta(t) = beta_min + t (beta_max - beta_min)."""
        return -((self.beta_max - self.beta_min) * t + self.beta_min) / 2

    def time_of_log_alpha(self, log_alpha: T) -> T:
        """The positive root of the quadratic, in the form that does not cancel."""
        half, quarter = self.beta_min / 2, (self.beta_max - self.beta_min) / 4
        return -2 * log_alpha / (half + ops(log_alpha).sqrt(half**2 - 4 * quarter * log_alpha))


@dataclass(frozen=True)
class LinearVP(_LinearBeta, VariancePreserving):
    """beta grows linearly: beta(t) = beta_min + t (beta_max - beta_min)."""

    title: ClassVar[str] = "Linear VP"
    paper: ClassVar[str] = "Song et al. 2021, equation 32"
    latex: ClassVar[str] = (
        r"\log\alpha_t=-\tfrac{\beta_{\max}-\beta_{\min}}{4}t^2-\tfrac{\beta_{\min}}{2}t,\quad\sigma_t^2=1-\alpha_t^2"
    )


@dataclass(frozen=True)
class SubVP(_LinearBeta):
    """The signal of linear VP with sigma = 1 - alpha²: never noisier than VP."""

    title: ClassVar[str] = "Sub-VP"
    paper: ClassVar[str] = "Song et al. 2021, equations 12 and 29"
    latex: ClassVar[str] = r"\sigma_t=1-\alpha_t^2,\quad g^2=\beta(t)\,(1-\alpha_t^4)"

    def sigma(self, t: T) -> T:
        """1 - alpha², by expm1: the square of what VP has."""
        return -ops(t).expm1(2 * self.log_alpha(t))

    def beta(self, t: T) -> T:
        """Noise rate of the drift per unit time, -2 d log alpha / dt."""
        return -2 * self.f(t)

    def g2(self, t: T) -> T:
        """beta (1 - alpha⁴), by expm1: less than VP's beta."""
        return -self.beta(t) * ops(t).expm1(4 * self.log_alpha(t))

    def time_of(self, lam: T) -> T:
        """From 1 / alpha = (s + sqrt(s² + 4)) / 2 with s = e^{-lam}, kept exact for small s."""
        xp = ops(lam)
        s = xp.exp(-lam)
        return self.time_of_log_alpha(-xp.log1p((s + s * s / (xp.sqrt(s * s + 4) + 2)) / 2))
