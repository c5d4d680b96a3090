"""The bound that likelihood weighting minimises, with both sides exact: a Gaussian target and a score that is off.

Where the score is k times the exact one, every law of the reverse family stays Gaussian, and its mean and variance
follow from two linear differential equations with closed solutions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diffviz.protocols import Array, Schedule


@dataclass(frozen=True)
class GaussianTarget:
    """N(mean, deviation² I) in `dimensions`, with its mean in every coordinate alike."""

    mean: float = 0.0
    deviation: float = 0.5
    dimensions: int = 1

    def marginal(self, alpha: Array | float, sigma: Array | float) -> tuple[Array | float, Array | float]:
        """Mean and variance of a coordinate of q_t."""
        return alpha * self.mean, (alpha * self.deviation) ** 2 + sigma**2


class KLBound(NamedTuple):
    """Nats. sde, ode: KL(q_tmin || p) of what the reverse SDE and the flow end with. score: ½ ∫ g² E |error of the
    score|² dt. prior: KL(q_T || start). The bound on `sde` is their sum; it is none on `ode`."""

    sde: float
    ode: float
    score: float
    prior: float

    @property
    def bound(self) -> float:
        """score + prior (Song et al. 2021b, theorem 1)."""
        return self.score + self.prior


def measure_kl_bound(target: GaussianTarget, schedule: Schedule, scale: float) -> KLBound:
    """Both sides for a score that is `scale` times the exact one, from the start N(0, sigma(t_max)² I)."""
    sigma_start = float(schedule.sigma(schedule.t_max))
    sde, ode = (_gaussian_kl(target, schedule, *_law(target, schedule, scale, tau)) for tau in (1.0, 0.0))
    mean, variance = target.marginal(float(schedule.alpha(schedule.t_max)), sigma_start)
    prior = target.dimensions * _kl(float(mean), float(variance), 0.0, sigma_start**2)
    first, last = _relative_variances(target, schedule)
    # g² dt / variance = dw / w, so that E |∇log q_t|² = D / variance integrates to a logarithm.
    score = 0.5 * target.dimensions * (1 - scale) ** 2 * math.log(last / first)
    return KLBound(sde, ode, score, prior)


def _relative_variances(target: GaussianTarget, schedule: Schedule) -> tuple[float, float]:
    """w = variance / alpha² of a coordinate of q_t, at t_min and at t_max: deviation² + sigma² / alpha²."""
    first, last = np.exp(-2 * schedule.lam(np.array([schedule.t_min, schedule.t_max]))).tolist()
    return target.deviation**2 + first, target.deviation**2 + last


def _law(target: GaussianTarget, schedule: Schedule, scale: float, tau: float) -> tuple[float, float]:
    """Mean and variance of a coordinate at t_min under dx = [f x - ½ (1 + tau²) g² scale ∇log q] dt + tau g dw.

    In closed form. Since d(sigma²/alpha²) = g²/alpha² dt, the clock w = variance / alpha² of q_t leaves, with
    c = (1 + tau²) scale, of the mean alpha w^{c/2} N and the variance alpha² w^c U of what moves only
    dN = -m c/2 w^{-c/2 - 1} dw and dU = -tau² w^{-c} dw.
    """
    first, last = _relative_variances(target, schedule)
    alpha_end, sigma_start = float(schedule.alpha(schedule.t_min)), float(schedule.sigma(schedule.t_max))
    c, span = (1 + tau**2) * scale, math.log(last / first)
    mean = alpha_end * target.mean * -math.expm1(-c / 2 * span)
    start = (sigma_start / float(schedule.alpha(schedule.t_max))) ** 2 * math.exp(-c * span)
    came_in = first * (math.expm1((1 - c) * span) / (1 - c) if c != 1 else span)  # w_0^c times the integral of w^-c
    return mean, alpha_end**2 * (start + tau**2 * came_in)


def _gaussian_kl(target: GaussianTarget, schedule: Schedule, mean: float, variance: float) -> float:
    """KL(q_tmin || N(mean, variance)) over all coordinates."""
    own = target.marginal(float(schedule.alpha(schedule.t_min)), float(schedule.sigma(schedule.t_min)))
    return target.dimensions * _kl(float(own[0]), float(own[1]), mean, variance)


def _kl(mean: float, variance: float, other_mean: float, other_variance: float) -> float:
    """KL of one Gaussian from another in one coordinate."""
    ratio = variance / other_variance
    return float(ratio - 1 - np.log(ratio) + (mean - other_mean) ** 2 / other_variance) / 2
