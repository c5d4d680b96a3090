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
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import DDIM, DPMSolverPP2M, Sampler, prior, sample
from diffviz.samplers.probability_flow import exact_flow

PARTICLES = 256
FITTED = 3  # the slope is of the last so many points that stand clear of the reference's own error
CLEAR = 20.0  # times that error
REFERENCE_STEPS = 1200


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


def measure_order(config: OrderConfig) -> OrderResult:
    """Every sampler at every budget from the same PARTICLES starting points, in double precision."""
    model = config.problem.model_float64
    schedule = model.schedule
    start = prior(schedule, WhiteNoise(config.problem.seed, (PARTICLES, 2), torch.float64))
    ends = np.array([schedule.t_max, schedule.t_min])
    exact, coarser = (exact_flow(model, start, ends, n)[-1] for n in (REFERENCE_STEPS, REFERENCE_STEPS // 2))
    reference_error = _median_distance(coarser, exact)
    series = tuple(_converge(sampler, config, model, start, exact, reference_error) for sampler in config.samplers)
    return OrderResult(config, series, reference_error)


def _converge(
    sampler: Sampler, config: OrderConfig, model: ScoreModel, start: Tensor, exact: Tensor, reference_error: float
) -> Convergence:
    still = WhiteNoise(0, tuple(start.shape), start.dtype)
    points = []
    for budget in config.budgets:
        times = config.grid.times(model.schedule, sampler.steps_for(budget))
        run = sample(sampler, model, start, times, still)
        points.append((run.nfe, _median_distance(run.final, exact)))
    nfe, error = np.array(points, dtype=np.float64).T
    return Convergence(sampler, nfe, error, *fit_clear_points(nfe, error, reference_error))


def fit_clear_points(nfe: Array, error: Array, reference_error: float) -> Order:
    """The order of the last FITTED errors above CLEAR times the reference's own; NaN if there are fewer."""
    clear = np.flatnonzero((error > CLEAR * reference_error) & np.isfinite(error))[-FITTED:]
    return fitted_order(nfe[clear], error[clear]) if len(clear) == FITTED else Order(math.nan, math.nan)


def _median_distance(x: Tensor, y: Tensor) -> float:
    return float((x - y).norm(dim=1).median())
