"""How fast samplers converge to the exact probability flow: error over calls, with the slope of a straight line."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Config, ConfigError
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import Problem
from diffviz.grids import Grid, UniformLogSNR
from diffviz.metrics import Order, fitted_order
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array
from diffviz.samplers import DDIM, DPMSolverPP2M, Sampler, prior, sample
from diffviz.samplers.probability_flow import exact_flow

PARTICLES = 128
FITTED = 3  # the slope is of the last so many points that stand clear of the reference's own error
CLEAR = 20.0  # times that error
REFERENCE_STEPS = 300


@dataclass(frozen=True)
class OrderConfig(Config):
    """Samplers of the probability flow on one grid, and the network calls at which each is measured.

    Raises `ConfigError` for one that draws noise.
    """

    problem: Problem = field(default_factory=Problem)
    samplers: tuple[Sampler, ...] = (DDIM(), DPMSolverPP2M())
    grid: Grid = field(default_factory=UniformLogSNR)
    budgets: tuple[int, ...] = (10, 20, 40, 80, 160, 320)

    def __post_init__(self) -> None:
        super().__post_init__()
        for sampler in self.samplers:
            if sampler.stochastic:
                raise ConfigError(f"{Lane(sampler).title} draws noise, so it does not follow the flow; choose without.")


@dataclass(frozen=True, eq=False)
class Convergence:
    """One sampler's median distance from the exact flow, and its slope over the points that count.

    nfe, error: (n,). slope and slope_error, its standard error: NaN where fewer than FITTED points stand clear.
    """

    sampler: Sampler
    nfe: Array
    error: Array
    slope: float
    slope_error: float


@dataclass(frozen=True, eq=False)
class OrderResult:
    """Every sampler's convergence, in the configuration's order, and the error of the reference itself."""

    config: OrderConfig
    series: tuple[Convergence, ...]
    reference_error: float


@dataclass(frozen=True, eq=False)
class Reference:
    """The exact flow of a problem's score: from `start` to `end`, (PARTICLES, 2) each, and how far off `end` is."""

    start: Tensor
    end: Tensor
    error: float


def measure_order(config: OrderConfig) -> OrderResult:
    """Every sampler at every budget from the same PARTICLES starting points, in double precision."""
    reference = follow_reference(config.problem)
    series = tuple(converge(config, sampler, reference) for sampler in config.samplers)
    return OrderResult(config, series, reference.error)


def follow_reference(problem: Problem) -> Reference:
    """The flow in REFERENCE_STEPS steps; half as many tell its error, as the method is of order 4 (Richardson 1911)."""
    model = problem.model_float64
    start = prior(model.schedule, WhiteNoise(problem.seed, (PARTICLES, 2), torch.float64))
    ends = np.array([model.schedule.t_max, model.schedule.t_min])
    fine, coarse = (exact_flow(model, start, ends, steps)[-1] for steps in (REFERENCE_STEPS, REFERENCE_STEPS // 2))
    return Reference(start, fine, _median_distance(fine, coarse) / (2**4 - 1))


def converge(config: OrderConfig, sampler: Sampler, reference: Reference) -> Convergence:
    """One sampler at the configuration's budgets."""
    model = config.problem.model_float64
    still = WhiteNoise(0, tuple(reference.start.shape), reference.start.dtype)
    points = []
    for budget in config.budgets:
        times = config.grid.times(model.schedule, sampler.steps_for(budget))
        run = sample(sampler, model, reference.start, times, still)
        points.append((run.nfe, _median_distance(run.final, reference.end)))
    nfe, error = np.array(points, dtype=np.float64).T
    return Convergence(sampler, nfe, error, *fit_clear_points(nfe, error, reference.error))


def fit_clear_points(nfe: Array, error: Array, reference_error: float) -> Order:
    """The order of the last FITTED errors above CLEAR times the reference's own; NaN if there are fewer."""
    clear = np.flatnonzero((error > CLEAR * reference_error) & np.isfinite(error))[-FITTED:]
    return fitted_order(nfe[clear], error[clear]) if len(clear) == FITTED else Order(math.nan, math.nan)


def _median_distance(x: Tensor, y: Tensor) -> float:
    return float((x - y).norm(dim=1).median())
