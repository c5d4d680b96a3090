"""Where a step's error comes from: the linear part of the flow, or the network's."""

from __future__ import annotations

from collections.abc import Iterator
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
from diffviz.samplers import DDIM, LinearSampler, ProbabilityFlowHeun, Sampler, prior, sample
from diffviz.samplers.probability_flow import exact_flow

PARTICLES = 128
FLOW_STEPS = 200  # of RK4 along the exact flow: no error of a step is off by more than 0.03% at 20 steps, 2% at 100


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
    """The errors of those samplers whose steps can be judged, in the configuration's order."""

    config: StepErrorsConfig
    errors: tuple[tuple[Sampler, StepErrors], ...]


def measure_step_errors(config: StepErrorsConfig) -> StepErrorsResult:
    """Every step's error over PARTICLES, in double precision."""
    model = config.problem.model_float64
    start = prior(model.schedule, WhiteNoise(config.problem.seed, (PARTICLES, 2), torch.float64))
    times = config.grid.times(model.schedule, config.steps)
    judged = [sampler for sampler in config.samplers if can_be_judged(sampler)]
    if not judged:
        return StepErrorsResult(config, ())
    states = exact_flow(model, start, times, FLOW_STEPS)
    return StepErrorsResult(config, tuple((sampler, step_errors(sampler, model, states, times)) for sampler in judged))


def steps_stand_alone(sampler: Sampler) -> bool:
    """Whether a step can be judged alone: deterministic, on the grid's times, without memory of earlier answers."""
    return sampler.memoryless and sampler.gridded and not sampler.stochastic


def can_be_judged(sampler: Sampler) -> bool:
    """Whether a step has an error of its own: it stands alone, or all that it remembers are answers at earlier nodes.

    UniPC's steps do not: each is mended by the call that the next one makes.
    """
    return steps_stand_alone(sampler) or (isinstance(sampler, LinearSampler) and not sampler.stochastic)


def step_errors(sampler: Sampler, model: ScoreModel, states: Tensor, grid: Array) -> StepErrors:
    """Every step of a sampler that can be judged, each started on the exact flow: `states` (N + 1, B, *D).

    A multistep solver is given the answers of the model on the exact flow for its history too.

    The flow is linear in x and in the network's answer D, dx = (a x + b D) dlambda. Without the network a step should
    multiply x by alpha_t / alpha_s (D = eps) or sigma_t / sigma_s (D = x_0), as exponential integrators do; what it
    misses there is the linear error, and the rest is the network's (Lu et al. 2022a, section 3.1).
    """
    schedule = model.schedule
    carried = schedule.alpha(grid) if sampler.view == "eps" else schedule.sigma(grid)
    ends = _ends_alone if steps_stand_alone(sampler) else _ends_with_history
    rows = []
    for k, (end, without_network) in enumerate(ends(sampler, model, states, grid)):
        start, truth = states[k], states[k + 1]
        linear = without_network - float(carried[k + 1] / carried[k]) * start
        nothing = torch.zeros_like(linear)
        rows.append([rmse(part, nothing) for part in (end - truth, linear, end - truth - linear)])
    return StepErrors(*np.array(rows).T)


def _ends_alone(sampler: Sampler, model: ScoreModel, states: Tensor, grid: Array) -> Iterator[tuple[Tensor, Tensor]]:
    """Where each step from the exact states (N + 1, B, *D) ends, and where it would without the network."""
    still = _still(states)
    for k, start in enumerate(states[:-1]):
        pair = grid[k : k + 2]
        without_network = sample(sampler, _SilentModel(model.schedule), start, pair, still).final
        yield sample(sampler, model, start, pair, still).final, without_network


def _ends_with_history(
    sampler: Sampler, model: ScoreModel, states: Tensor, grid: Array
) -> Iterator[tuple[Tensor, Tensor]]:
    """The same for a multistep solver, of which a step is x_t = A x_s + its answer there and earlier ones.

    Where every answer is that of the exact flow, a run only carries its earlier errors on, by A: they are taken out.
    """
    still = _still(states)
    answers = _GivenAnswers(model.schedule, {float(t): model.predict(x, t) for x, t in zip(states, grid, strict=True)})
    run, silent = (sample(sampler, m, states[0], grid, still).x for m in (answers, _SilentModel(model.schedule)))
    for k, start in enumerate(states[:-1]):
        factor = (silent[k + 1] * silent[k]).sum() / silent[k].square().sum()
        yield run[k + 1] - factor * (run[k] - start), factor * start


def _still(states: Tensor) -> WhiteNoise:
    return WhiteNoise(0, tuple(states.shape[1:]), states.dtype)


@dataclass(frozen=True, eq=False)
class _GivenAnswers:
    """A model that says at each time what it was given for it, wherever it is asked."""

    schedule: Schedule
    answers: dict[float, Prediction]

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        return self.answers[float(t)]


@dataclass(frozen=True, eq=False)
class _SilentModel:
    """A network that answers 0 in every view: what a sampler then does is its linear part."""

    schedule: Schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        nothing = torch.zeros_like(x)
        return Prediction(x, 1.0, 1.0, nothing, nothing)
