"""Where a step's error comes from: the linear part of the flow, or the network's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Config, Range
from diffviz.experiments.problem import Problem
from diffviz.grids import Grid, UniformLogSNR
from diffviz.metrics import rmse
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.protocols import Array, Coefficient, Schedule, ScoreModel
from diffviz.samplers import DDIM, ProbabilityFlowHeun, Sampler, prior, sample
from diffviz.samplers.probability_flow import exact_flow

PARTICLES = 256


@dataclass(frozen=True)
class StepErrorsConfig(Config):
    """Samplers on one grid, each step of which is judged alone."""

    problem: Problem = field(default_factory=Problem)
    samplers: tuple[Sampler, ...] = (DDIM(), ProbabilityFlowHeun())
    grid: Grid = field(default_factory=UniformLogSNR)
    steps: Annotated[int, Range(1, 100, label="Steps", help="From noise to data.")] = 5


class StepErrors(NamedTuple):
    """Root mean square over particles, (N,) each, of one step's error from the exact flow, and of its two parts."""

    total: Array
    linear: Array
    network: Array


@dataclass(frozen=True, eq=False)
class StepErrorsResult:
    """The errors of those samplers whose steps can be judged alone, in the configuration's order."""

    config: StepErrorsConfig
    errors: tuple[tuple[Sampler, StepErrors], ...]


def measure_step_errors(config: StepErrorsConfig) -> StepErrorsResult:
    """Every step's error over PARTICLES, in double precision."""
    model = config.problem.model_float64
    start = prior(model.schedule, WhiteNoise(config.problem.seed, (PARTICLES, 2), torch.float64))
    times = config.grid.times(model.schedule, config.steps)
    states = exact_flow(model, start, times)
    judged = [sampler for sampler in config.samplers if steps_stand_alone(sampler)]
    return StepErrorsResult(config, tuple((sampler, step_errors(sampler, model, states, times)) for sampler in judged))


def steps_stand_alone(sampler: Sampler) -> bool:
    """Whether a step can be judged alone: deterministic, on the grid's times, without memory of earlier answers."""
    return sampler.memoryless and sampler.gridded and not sampler.stochastic


def step_errors(sampler: Sampler, model: ScoreModel, states: Tensor, grid: Array) -> StepErrors:
    """Every step of a sampler whose steps stand alone, each started on the exact flow: `states` (N + 1, B, *D).

    The flow is linear in x and in the network's answer D, dx = (a x + b D) dlambda. Without the network a step should
    multiply x by alpha_t / alpha_s (D = eps) or sigma_t / sigma_s (D = x_0), as exponential integrators do; what it
    misses there is the linear error, and the rest is the network's (Lu et al. 2022a, section 3.1).
    """
    schedule = model.schedule
    carried = schedule.alpha(grid) if sampler.view == "eps" else schedule.sigma(grid)
    still, silent = WhiteNoise(0, tuple(states.shape[1:]), states.dtype), _SilentModel(schedule)
    rows = []
    for k, (start, truth) in enumerate(zip(states[:-1], states[1:], strict=True)):
        pair = grid[k : k + 2]
        end = sample(sampler, model, start, pair, still).final
        without_network = sample(sampler, silent, start, pair, still).final
        linear = without_network - float(carried[k + 1] / carried[k]) * start
        nothing = torch.zeros_like(linear)
        rows.append([rmse(part, nothing) for part in (end - truth, linear, end - truth - linear)])
    return StepErrors(*np.array(rows).T)


@dataclass(frozen=True, eq=False)
class _SilentModel:
    """A network that answers 0 in every view: what a sampler then does is its linear part."""

    schedule: Schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        nothing = torch.zeros_like(x)
        return Prediction(x, 1.0, 1.0, nothing, nothing)
