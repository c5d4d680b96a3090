"""One reverse step: the law of x_s given x_t, and the Gaussian that a sampler puts in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Choice, Config, Range
from diffviz.data import GaussianMixture, MixtureDataset, Ring
from diffviz.estimate import Estimate, standard_error
from diffviz.experiments.score.field import REACH, Coordinate
from diffviz.experiments.score.posterior import log_density, moments, posterior
from diffviz.protocols import Array, Schedule
from diffviz.samplers.base import Node, nodes_at
from diffviz.schedules import Cosine

FRAMES, CELLS, DRAWS = 41, 64, 4_000
SMALLEST, CLEANEST = 0.02, 4.0  # the smallest step in lambda, and the lambda of the cleanest x_s
WINDOW = 3.5  # half the side of the closer picture, in standard deviations of q(x_s | x_t)

VARIANCES = {
    "lower": "DDPM's smaller, σₛ²(1 − e⁻²ʰ)",
    "upper": "DDPM's larger, σₜ² − (αₜ/αₛ)² σₛ²",
    "optimal": "That of the law itself",
}


@dataclass(frozen=True)
class ReverseStepConfig(Config):
    """The noisy point x_t = (x, y), the time t at which it was seen, and the variance of the step's Gaussian."""

    mixture: MixtureDataset = field(default_factory=Ring)
    t: Annotated[float, Range(0.1, 0.9, step=0.05, label="t", help="When the point was seen.")] = 0.6
    variance: Annotated[
        str,
        Choice(VARIANCES, label="Variance of the step", help="Its mean is right in any case."),
    ] = "lower"
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the draws that measure the distances.")] = 0
    x: Annotated[float, Coordinate] = 0.3
    y: Annotated[float, Coordinate] = 0.2


@dataclass(frozen=True, eq=False)
class ReverseStepResult:
    """Steps h of growing length from one x_t, in normalised units; F frames.

    t, lam: of x_t. s, h: (F,) where the step ends, and its length in lambda. law: (F, CELLS, CELLS), the density of
    q(x_s | x_t) over the square [-REACH, REACH]², blurred by half a cell. mean: (F, 2), of both laws. deviation,
    spread: (F,), deviation per coordinate of the Gaussian, and of q(x_s | x_t). closer: (F, CELLS, CELLS), q(x_s | x_t)
    within WINDOW times `spread` of its mean. total_variation, divergence: of the two, KL(q(x_s | x_t) ‖ Gaussian), a
    frame, by `draws` draws from q(x_s | x_t).
    """

    config: ReverseStepConfig
    t: float
    lam: float
    s: Array
    h: Array
    law: Array
    mean: Array
    deviation: Array
    spread: Array
    closer: Array
    total_variation: tuple[Estimate, ...]
    divergence: tuple[Estimate, ...]
    draws: int = DRAWS


def measure_reverse_step(config: ReverseStepConfig) -> ReverseStepResult:
    """The law in closed form at FRAMES lengths of the step, the distances by DRAWS draws from it."""
    schedule: Schedule = Cosine()
    mixture = config.mixture.mixture.affine(config.mixture.normalisation)
    point = np.array([config.x, config.y])
    lam = float(schedule.lam(config.t))
    h = np.geomspace(SMALLEST, CLEANEST - lam, FRAMES)
    ends = schedule.time_of(lam + h)
    (start,) = nodes_at(schedule, np.array([config.t]))
    steps = [one_step(mixture, start, end, point, config.variance) for end in nodes_at(schedule, ends)]
    line = np.linspace(-1, 1, CELLS) * (1 - 1 / CELLS)
    square = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    laws, closer, apart, divergences = [], [], [], []
    for step in steps:
        raise_if_cancelled()
        blur = 1 / CELLS
        laws.append(np.exp(log_density(step.law, REACH * square, REACH * blur)))
        window = WINDOW * step.spread
        closer.append(np.exp(log_density(step.law, step.mean + window * square, window * blur)))
        distance, divergence = step.distances(config.seed)
        apart.append(distance)
        divergences.append(divergence)
    return ReverseStepResult(
        config,
        config.t,
        lam,
        ends,
        h,
        np.stack(laws).reshape(FRAMES, CELLS, CELLS),
        np.stack([step.mean for step in steps]),
        np.array([step.deviation for step in steps]),
        np.array([step.spread for step in steps]),
        np.stack(closer).reshape(FRAMES, CELLS, CELLS),
        tuple(apart),
        tuple(divergences),
    )


@dataclass(frozen=True, eq=False)
class OneStep:
    """q(x_s | x_t) as a mixture, the mean and deviation of the step's Gaussian, and the law's own spread."""

    law: GaussianMixture
    mean: Array
    deviation: float
    spread: float

    def distances(self, seed: int) -> tuple[Estimate, Estimate]:
        """Total variation E_q (1 - g/q)_+ and KL(q ‖ g) = E_q log q/g, by the same DRAWS draws from q."""
        draws = self.law.draw(DRAWS, seed)
        away = np.square((draws - self.mean) / self.deviation).sum(1)
        log_gaussian = -away / 2 - draws.shape[1] * np.log(np.sqrt(2 * np.pi) * self.deviation)
        log_ratio = log_gaussian - log_density(self.law, draws)
        total_variation, divergence = np.clip(1 - np.exp(np.minimum(log_ratio, 0)), 0, 1), -log_ratio
        return (
            Estimate(float(total_variation.mean()), standard_error(total_variation)),
            Estimate(float(divergence.mean()), standard_error(divergence)),
        )


def one_step(mixture: GaussianMixture, start: Node, end: Node, point: Array, variance: str) -> OneStep:
    """From x_t = `point` at `start` to the less noisy `end`: q(x_s | x_t), and DDPM's Gaussian from E[x_0 | x_t].

    Ho et al. 2020, equation 7 and section 3.2, for any schedule.
    """
    ratio = start.alpha / end.alpha
    added = start.sigma**2 - (ratio * end.sigma) ** 2  # variance of x_t given x_s
    law = posterior(mixture.diffused(end.alpha, end.sigma), ratio, np.sqrt(added), point)
    denoised = moments(posterior(mixture, start.alpha, start.sigma, point))[0]
    mean = (ratio * end.sigma**2 * point + end.alpha * added * denoised) / start.sigma**2
    own = float(np.trace(moments(law)[1]) / len(point))
    chosen = {"lower": end.sigma**2 * added / start.sigma**2, "upper": added, "optimal": own}[variance]
    return OneStep(law, mean, float(np.sqrt(chosen)), float(np.sqrt(own)))
