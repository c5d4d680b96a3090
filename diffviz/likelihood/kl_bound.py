"""The bound that likelihood weighting minimises, with both sides exact: a Gaussian target and a score that is off.

Where the score is k times the exact one, every law of the reverse family stays Gaussian, so that its mean and variance
follow from two ordinary differential equations.
"""

from __future__ import annotations

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
    lam = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
    sigma_start = float(schedule.sigma(schedule.t_max))
    sde, ode = (_gaussian_kl(target, schedule, *_law(target, schedule, scale, tau, sigma_start)) for tau in (1.0, 0.0))
    mean, variance = target.marginal(float(schedule.alpha(schedule.t_max)), sigma_start)
    prior = target.dimensions * _kl(float(mean), float(variance), 0.0, sigma_start**2)
    return KLBound(sde, ode, score_term(target, schedule, scale, *lam.tolist()), prior)


def score_term(target: GaussianTarget, schedule: Schedule, scale: float, low: float, high: float) -> float:
    """½ ∫ g² E |(1 - scale) ∇log q_t|² dt over [low, high] in lambda, where E |∇log q_t|² = D / variance."""
    from scipy.integrate import quad

    def integrand(lam: float) -> float:  # g² dt = -2 sigma² d lambda
        t = _time(schedule, lam)
        _, variance = target.marginal(float(schedule.alpha(t)), float(schedule.sigma(t)))
        return float(schedule.sigma(t)) ** 2 / float(variance)

    whole, _ = quad(integrand, low, high, epsrel=1e-9, limit=200)
    return target.dimensions * (1 - scale) ** 2 * float(whole)


def _law(
    target: GaussianTarget, schedule: Schedule, scale: float, tau: float, sigma_start: float
) -> tuple[float, float]:
    """Mean and variance of a coordinate at t_min under dx = [f x - ½ (1 + tau²) g² scale ∇log q] dt + tau g dw."""
    from scipy.integrate import solve_ivp

    def rates(lam: float, law: Array) -> list[float]:
        t = _time(schedule, lam)
        sigma2, g2 = float(schedule.sigma(t)) ** 2, float(schedule.g2(t))
        stretch = -2 * sigma2 / g2  # dt / d lambda
        mean, variance = target.marginal(float(schedule.alpha(t)), sigma2**0.5)
        pull = (1 + tau**2) * g2 * scale / (2 * variance)  # -½ (1 + tau²) g² s = pull (x - mean)
        f = float(schedule.f(t))
        return [
            stretch * ((f + pull) * law[0] - pull * mean),
            stretch * (2 * (f + pull) * law[1] - tau**2 * g2),  # time runs backwards, so noise comes in with a minus
        ]

    lam = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
    solved = solve_ivp(rates, tuple(lam.tolist()), [0.0, sigma_start**2], method="LSODA", rtol=1e-10, atol=1e-12)
    mean, variance = solved.y[:, -1].tolist()
    return mean, variance


def _gaussian_kl(target: GaussianTarget, schedule: Schedule, mean: float, variance: float) -> float:
    """KL(q_tmin || N(mean, variance)) over all coordinates."""
    own = target.marginal(float(schedule.alpha(schedule.t_min)), float(schedule.sigma(schedule.t_min)))
    return target.dimensions * _kl(float(own[0]), float(own[1]), mean, variance)


def _kl(mean: float, variance: float, other_mean: float, other_variance: float) -> float:
    """KL of one Gaussian from another in one coordinate."""
    ratio = variance / other_variance
    return float(ratio - 1 - np.log(ratio) + (mean - other_mean) ** 2 / other_variance) / 2


def _time(schedule: Schedule, lam: float) -> float:
    return float(np.clip(schedule.time_of(lam), schedule.t_min, schedule.t_max))
