"""Moments of a score, measured on data: what optimal reverse variances are made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.sde import diffuse

LEVELS = 48


class Estimate(NamedTuple):
    """Monte Carlo means with their standard errors, (n,) each."""

    mean: Array
    error: Array


def gammas(model: ScoreModel, points: Tensor, times: Array, seed: int) -> Estimate:
    """Gamma(t) = E |score|² / d over data points (n, *D) noised to each of `times`: mean and standard error.

    Bao et al. 2022a (Analytic-DPM), equation 8. For the exact score sigma² Gamma lies in [0, 1].
    """
    estimates = []
    for k, t in enumerate(times.tolist()):
        raise_if_cancelled()
        x, _ = _noised(model.schedule, points, t, seed, k)
        estimates.append(_mean(model.predict(x, t).score.flatten(1).square().mean(1)))
    return Estimate(*np.array(estimates).T)


@dataclass(frozen=True)
class Moments:
    """sigma² Gamma at rising values of lambda, with straight lines between and constants beyond.

    lam, share, error: (n,) as tuples, so that equal measurements are equal; share is sigma² Gamma, error its standard
    error.
    """

    lam: tuple[float, ...]
    share: tuple[float, ...]
    error: tuple[float, ...]

    @classmethod
    def measure(cls, model: ScoreModel, points: Tensor, seed: int, levels: int = LEVELS) -> Moments:
        """By `gammas` at `levels` values of lambda, evenly over the schedule, on data points (n, *D)."""
        schedule = model.schedule
        lam, times = _levels(schedule, levels)
        gamma = gammas(model, points, times, seed)
        sigma2 = schedule.sigma(times) ** 2
        return cls(tuple(lam.tolist()), tuple((sigma2 * gamma.mean).tolist()), tuple((sigma2 * gamma.error).tolist()))

    def __call__(self, lam: float) -> float:
        """sigma² Gamma at one value of lambda."""
        return float(np.interp(lam, self.lam, self.share))


@dataclass(frozen=True, eq=False)
class Residuals:
    """E (eps - eps_theta)² for every coordinate, at rising values of lambda: how far a model's noise is off.

    lam: (n,). values: (n, *D). For the exact score its mean over coordinates is 1 - sigma² Gamma; for another, more.
    Averaged over x, where Bao et al. 2022b train a second head to predict it for each x.
    """

    lam: Array
    values: Array

    @classmethod
    def measure(cls, model: ScoreModel, points: Tensor, seed: int, levels: int = LEVELS) -> Residuals:
        """At `levels` values, evenly over the schedule, over data points (n, *D)."""
        lam, times = _levels(model.schedule, levels)
        residuals = []
        for k, t in enumerate(times.tolist()):
            raise_if_cancelled()
            x, eps = _noised(model.schedule, points, t, seed, k)
            residuals.append((eps - model.predict(x, t).eps).square().mean(0).double().cpu().numpy())
        return cls(lam, np.stack(residuals))

    def __call__(self, lam: float) -> Array:
        """The residual at one value of lambda, (*D)."""
        k = int(np.clip(np.searchsorted(self.lam, lam) - 1, 0, len(self.lam) - 2))
        weight = float(np.clip((lam - self.lam[k]) / (self.lam[k + 1] - self.lam[k]), 0.0, 1.0))
        interpolated: Array = (1 - weight) * self.values[k] + weight * self.values[k + 1]
        return interpolated

    def __repr__(self) -> str:
        digest = hashlib.sha256(self.lam.tobytes() + self.values.tobytes()).hexdigest()[:16]
        return f"Residuals({digest})"


def _levels(schedule: Schedule, count: int) -> tuple[Array, Array]:
    """`count` rising values of lambda over the whole schedule, and their times."""
    ends = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
    lam = np.linspace(ends[0], ends[1], count)
    times = schedule.time_of(lam)
    times[0], times[-1] = schedule.t_max, schedule.t_min
    return lam, times


def _noised(schedule: Schedule, points: Tensor, t: float, seed: int, index: int) -> tuple[Tensor, Tensor]:
    eps = WhiteNoise(seed, tuple(points.shape), points.dtype).at(float(schedule.lam(t)), index)
    return diffuse(schedule, points, t, eps), eps


def _mean(values: Tensor) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / len(values) ** 0.5)
