"""The evidence lower bound of a mixture's exact score for several reverse variances, and the bound of Song et al."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated

import numpy as np
import torch

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, ConfigError, Range
from diffviz.data import Dataset, GaussianMixture, Ring, prepare
from diffviz.grids import UniformTime
from diffviz.likelihood.elbo import (
    ELBOTerms,
    ExpectedTerms,
    elbo_terms,
    entropy,
    expected_terms,
    mean_posterior_variance,
)
from diffviz.likelihood.kl_bound import GaussianTarget, KLBound, measure_kl_bound
from diffviz.likelihood.reverse_variance import (
    AnalyticVariance,
    LearnedVariance,
    PosteriorVariance,
    ReverseVariance,
    forward_variance,
    posterior,
)
from diffviz.pretrained.shapes import shipped_with_variance
from diffviz.protocols import Array
from diffviz.samplers.base import Node, grid_nodes
from diffviz.schedules import DiscreteDDPM, GaussianSchedule
from diffviz.scores.mixture import MixtureScore
from diffviz.scores.variance_beside import VarianceBeside

COUNTS = (10, 20, 50, 100, 200, 500)  # steps of the chains whose bounds are compared
LEVELS = 80  # at which the posterior variance is found; a cubic stands between
SCALES = np.round(np.linspace(0.7, 1.3, 13), 2)  # of the score, times the exact one
BETA, BETA_TILDE, ANALYTIC = "β (forward)", "β̃ (posterior)", "σ*² (Analytic-DPM)"
LEARNED = "learned, βᵛ β̃¹⁻ᵛ"
DRAWS = 6_000  # of the data, for the terms of the variance that depends on x


@dataclass(frozen=True)
class BoundsConfig(Config):
    """A mixture, a schedule, and the steps of the chain that is taken apart."""

    dataset: Dataset = field(default_factory=Ring)
    schedule: GaussianSchedule = field(default_factory=DiscreteDDPM)
    steps: Annotated[
        int, Range(5, 400, label="Steps", log=True, help="Of the chain, even in time from noise to t_min.")
    ] = 50


@dataclass(frozen=True, eq=False)
class BoundsResult:
    """Nats, by the variance's name. t: (S,) where each step begins, falling. terms: all terms of the chain.

    learned: those of the variance that a network answers about the same means, by DRAWS draws; None where no such
    network ships. weights: (S,) what a squared error of the noise costs in each step of the bound, over their mean:
    L_simple has 1 everywhere. totals: (len(COUNTS),) negative bounds. entropy: of the data, which bounds every bound.
    """

    config: BoundsConfig
    t: Array
    terms: Mapping[str, ExpectedTerms]
    learned: ELBOTerms | None
    weights: Mapping[str, Array]
    totals: Mapping[str, Array]
    entropy: float


@dataclass(frozen=True)
class KLBoundConfig(Config):
    """A Gaussian target in one dimension, and a schedule."""

    schedule: GaussianSchedule = field(default_factory=DiscreteDDPM)
    deviation: Annotated[
        float,
        Range(
            0.05,
            2.0,
            step=0.05,
            label="σ in the last chart",
            help="Standard deviation of the Gaussian in the last chart.",
        ),
    ] = 0.5


@dataclass(frozen=True, eq=False)
class KLBoundResult:
    """Both sides for scores that are SCALES times the exact one."""

    config: KLBoundConfig
    sides: tuple[KLBound, ...]


def measure_bounds(config: BoundsConfig) -> BoundsResult:
    """Every term in expectation, without Monte Carlo."""
    schedule = config.schedule
    mixture = prepare(config.dataset, 1, 0).mixture
    if mixture is None:
        raise ConfigError(f"The bound of {type(config.dataset).title} has no closed form.")
    unknown = _posterior_variance(mixture, schedule)
    variances: dict[str, ReverseVariance] = {
        BETA: forward_variance,
        BETA_TILDE: PosteriorVariance(schedule),
        ANALYTIC: AnalyticVariance(lambda node: float(unknown(np.array(node.lam)))),
    }

    def terms(steps: int, variance: ReverseVariance) -> ExpectedTerms:
        raise_if_cancelled()
        grid = UniformTime().times(schedule, steps)
        return expected_terms(mixture, schedule, grid, variance, unknown(schedule.lam(grid)))

    nodes = grid_nodes(schedule, UniformTime().times(schedule, config.steps))
    return BoundsResult(
        config,
        np.array([node.t for node in nodes[:-1]]),
        {name: terms(config.steps, variance) for name, variance in variances.items()},
        learned_terms(config, mixture),
        {name: noise_weights(nodes, variance) for name, variance in variances.items()},
        {name: np.array([terms(count, v).total for count in COUNTS]) for name, v in variances.items()},
        entropy(mixture),
    )


def learned_terms(config: BoundsConfig, mixture: GaussianMixture, seed: int = 0) -> ELBOTerms | None:
    """Of the exact mean with the shipped network's variance, at drawn points; mixture: the data, normalised."""
    network = shipped_with_variance(config.dataset, config.schedule)
    if network is None:
        return None
    model = VarianceBeside(MixtureScore(config.schedule, mixture), network)
    x0 = torch.tensor(mixture.draw(DRAWS, seed), dtype=torch.float32)
    grid = UniformTime().times(config.schedule, config.steps)
    return elbo_terms(model, x0, grid, LearnedVariance(PosteriorVariance(config.schedule)), seed)


def noise_weights(nodes: list[Node], variance: ReverseVariance) -> Array:
    """The factor of |eps - eps_theta|² in every step between nodes (S,), over their mean (Ho et al. 2020, eq. 12)."""
    weights = []
    for s, t in pairwise(nodes):
        of_eps = posterior(s, t).of_x0 * s.sigma / s.alpha
        weights.append(of_eps**2 / (2 * float(variance(s, t, None))))
    return np.array(weights) / np.mean(weights)


def measure_kl_bounds(config: KLBoundConfig) -> KLBoundResult:
    """Both sides at every scale."""
    target = GaussianTarget(deviation=config.deviation)
    sides = []
    for scale in SCALES.tolist():
        raise_if_cancelled()
        sides.append(measure_kl_bound(target, config.schedule, scale))
    return KLBoundResult(config, tuple(sides))


def _posterior_variance(mixture: GaussianMixture, schedule: GaussianSchedule) -> Callable[[Array], Array]:
    """E tr Cov[x_0 | x_t] / D as a function of lambda, found at LEVELS, with a cubic between their logarithms."""
    from scipy.interpolate import CubicSpline  # here, because it is slow to import

    lam = np.linspace(float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min)), LEVELS)
    times = np.asarray(schedule.time_of(lam))
    times[0], times[-1] = schedule.t_max, schedule.t_min
    spline = CubicSpline(lam, np.log(mean_posterior_variance(mixture, schedule, times)))
    return lambda lam: np.asarray(np.exp(spline(lam)))
