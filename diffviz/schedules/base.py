"""What every schedule shares: lambda, the signal-to-noise ratio, and arithmetic on floats, arrays and tensors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Entry
from diffviz.protocols import Schedule, T


def ops(t: object) -> Any:
    """The module whose functions act on t: torch for a tensor, numpy for a float or an array."""
    return torch if isinstance(t, Tensor) else np


@dataclass(frozen=True)
class GaussianSchedule(Entry, ABC):
    """q(x_t | x_0) = N(alpha_t x_0, sigma_t² I); a subclass gives log alpha, sigma and their exact derivatives.

    Times run in [t_min, t_max], where lambda is finite; data sit at t = 0.
    """

    t_min: ClassVar[float] = 1e-3
    t_max: ClassVar[float] = 1.0

    @abstractmethod
    def log_alpha(self, t: T) -> T:
        """log alpha_t, at most 0, in the shape of t."""

    @abstractmethod
    def sigma(self, t: T) -> T:
        """Standard deviation of the noise at t, in the shape of t."""

    @abstractmethod
    def f(self, t: T) -> T:
        """d log alpha / dt, the drift's rate per unit time, at most 0."""

    @abstractmethod
    def g2(self, t: T) -> T:
        """d sigma² / dt - 2 f sigma², the squared diffusion per unit time, at least 0."""

    @abstractmethod
    def time_of(self, lam: T) -> T:
        """The t with lambda(t) = lam, the inverse of `lam`, in the shape of lam."""

    def alpha(self, t: T) -> T:
        """Amplitude alpha of the signal at t, in (0, 1]."""
        return ops(t).exp(self.log_alpha(t))

    def lam(self, t: T) -> T:
        """log(alpha_t / sigma_t), half the log signal-to-noise ratio."""
        return self.log_alpha(t) - ops(t).log(self.sigma(t))

    def snr(self, t: T) -> T:
        """Signal-to-noise ratio alpha² / sigma² = e^{2 lambda} at t."""
        return ops(t).exp(2 * self.lam(t))


@dataclass(frozen=True)
class VariancePreserving(GaussianSchedule, ABC):
    """alpha² + sigma² = 1: dx = -½ beta x dt + sqrt(beta) dw (Song et al. 2021, equation 11)."""

    @abstractmethod
    def time_of_log_alpha(self, log_alpha: T) -> T:
        """The t at which log alpha_t = log_alpha, in the shape of log_alpha."""

    def beta(self, t: T) -> T:
        """Noise rate per unit time, -2 d log alpha / dt."""
        return -2 * self.f(t)

    def sigma(self, t: T) -> T:
        """sqrt(1 - alpha²), by expm1, so that it is exact near t = 0 too."""
        xp = ops(t)
        return xp.sqrt(-xp.expm1(2 * self.log_alpha(t)))

    def g2(self, t: T) -> T:
        """beta(t): where alpha² + sigma² = 1, all noise that comes in replaces signal."""
        return self.beta(t)

    def time_of(self, lam: T) -> T:
        """The t with alpha² = 1 / (1 + e^{-2 lam}), as sigma² = 1 - alpha²."""
        return self.time_of_log_alpha(log_sigmoid(2 * lam) / 2)


def log_sigmoid(x: T) -> T:
    """log(1 / (1 + e^{-x})) without overflow."""
    return -torch.nn.functional.softplus(-x) if isinstance(x, Tensor) else -np.logaddexp(0.0, -x)


def time_at(schedule: Schedule, share: T) -> T:
    """The time a share of the schedule's range: 0 is data, t_min, and 1 is noise, t_max."""
    return schedule.t_min + (schedule.t_max - schedule.t_min) * share
