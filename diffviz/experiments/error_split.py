"""A sample's error in two: what the model does wrong, and what the steps do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from diffviz.config import Config
from diffviz.estimate import Estimate, standard_error
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.grids import UniformLogSNR
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers import Sampler, prior, sample

PARTICLES = 500
FINE_STEPS = 200  # so many leave hardly any error of their own


@dataclass(frozen=True)
class ErrorSplitConfig(Config):
    """Lanes whose errors are split, on one problem."""

    problem: Problem = field(default_factory=Problem)
    lanes: tuple[Lane, ...] = (Lane(),)


class ErrorSplit(NamedTuple):
    """Root mean squares over particles, each with its standard error.

    As vectors, total = model + discretisation, particle by particle. As sizes they do not add up.
    """

    total: Estimate
    model: Estimate
    discretisation: Estimate


@dataclass(frozen=True, eq=False)
class ErrorSplitResult:
    """The errors of every lane, in the configuration's order."""

    config: ErrorSplitConfig
    splits: tuple[ErrorSplit, ...]


def measure_error_split(config: ErrorSplitConfig) -> ErrorSplitResult:
    """Each lane's error over PARTICLES, beside the exact score of the same data on the lane's own schedule."""
    return ErrorSplitResult(config, tuple(split_lane(config.problem, lane) for lane in config.lanes))


def split_lane(problem: Problem, lane: Lane) -> ErrorSplit:
    """The error of one lane, so that a page need not measure those that stay as they were."""
    model = lane.source.build(problem)
    schedule = model.schedule
    noise = brownian_path(schedule, (PARTICLES, 2), problem.seed)
    grid, fine = lane.grid.times(schedule, lane.steps), UniformLogSNR().times(schedule, FINE_STEPS)
    return split_error(lane.sampler, model, problem.exact_on(schedule), grid, fine, noise)


def split_error(
    sampler: Sampler, model: ScoreModel, exact: ScoreModel, grid: Array, fine: Array, noise: Noise
) -> ErrorSplit:
    """Swap in the exact score on the same noise: total = (model - exact) on `grid` + exact on `grid` less on `fine`.

    `fine` is a grid with steps to spare. Give a BrownianPath to a stochastic sampler, so that all runs follow it.
    """
    start = prior(model.schedule, noise)
    asked, known = (sample(sampler, score, start, grid, noise).final for score in (model, exact))
    truth = sample(sampler, exact, start, fine, noise).final
    return ErrorSplit(*(_root_mean_square(v) for v in (asked - truth, asked - known, known - truth)))


def _root_mean_square(difference: Tensor) -> Estimate:
    """Of the lengths of (B, *D), with its standard error by the delta method."""
    squared = difference.flatten(1).double().square().sum(1).numpy()
    mean = math.sqrt(squared.mean())
    return Estimate(mean, standard_error(squared) / (2 * mean) if mean else 0.0)
