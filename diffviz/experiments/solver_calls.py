"""Every place where a solver asks the network on the way of one particle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffviz.config import Config, Range
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.grids import Grid, UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers import DDIM, ProbabilityFlowHeun, Sampler, prior
from diffviz.samplers.probability_flow import exact_flow
from diffviz.scores.recorded import RecordedScore

PARTICLES = 100  # the shared starting points, one of which is followed
EXACT_POINTS = 160  # on the exact path, even in lambda


@dataclass(frozen=True)
class SolverCallsConfig(Config):
    """Solvers on one grid, and the particle that is followed."""

    problem: Problem = field(default_factory=Problem)
    samplers: tuple[Sampler, ...] = (DDIM(), ProbabilityFlowHeun())
    grid: Grid = field(default_factory=UniformLogSNR)
    steps: Annotated[int, Range(1, 12, label="Steps", help="From noise to data.")] = 5
    particle: Annotated[
        int, Range(0, PARTICLES - 1, label="Particle", help="Which of the shared starting points is followed.")
    ] = 21  # whose path curves


@dataclass(frozen=True, eq=False)
class SolverCalls:
    """One particle's run, read off a recording of the model.

    t: (N+1,) and nodes: (N+1, 2) visited. call_times: (n,), places: (n, 2) and arrows: (n, 2) of every call, an arrow
    being the slope of the probability flow there over the step's length in lambda. reached: (n,) how many nodes had
    been reached at each call.
    """

    sampler: Sampler
    t: Array
    nodes: Array
    call_times: Array
    places: Array
    arrows: Array
    reached: NDArray[np.int64]

    @property
    def nfe(self) -> int:
        """How many calls there were."""
        return len(self.call_times)


@dataclass(frozen=True, eq=False)
class SolverCallsResult:
    """Every solver's calls, in the configuration's order.

    exact: (EXACT_POINTS, 2) the particle's path on the exact flow. real: (n, 2) fresh data.
    """

    config: SolverCallsConfig
    calls: tuple[SolverCalls, ...]
    exact: Array
    real: Array


def measure_solver_calls(config: SolverCallsConfig) -> SolverCallsResult:
    """Follow one particle through every solver and through the exact flow, in double precision."""
    problem, model = config.problem, config.problem.model_float64
    schedule = model.schedule
    all_starts = prior(schedule, WhiteNoise(problem.seed, (PARTICLES, 2), torch.float64))
    start = all_starts[config.particle : config.particle + 1]
    times = config.grid.times(schedule, config.steps)
    calls = tuple(
        record_calls(sampler, model, start, times, brownian_path(schedule, (1, 2), problem.seed, torch.float64))
        for sampler in config.samplers
    )
    return SolverCallsResult(config, calls, _exact_path(model, start), problem.real[0])


def record_calls(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> SolverCalls:
    """Run one particle x (1, 2) and read every call off the recording wrapper."""
    recorded = RecordedScore(model)
    schedule = model.schedule
    times, nodes, calls_before = [], [], []
    for step in sampler.visit(recorded, x, grid, noise):
        times.append(step.t)
        nodes.append(step.x[0])
        calls_before.append(len(recorded.calls))
    nfe = len(recorded.calls)
    calls_before[-1] = nfe + 1  # the last node is reached after every call
    reached = np.searchsorted(calls_before, np.arange(1, nfe + 1), side="right").clip(min=1)
    t = np.array(times)
    steps = np.diff(schedule.lam(t))[np.minimum(reached, len(t) - 1) - 1]
    call_times, places, arrows = [], [], []
    for call, h in zip(recorded.calls, np.where(steps > 0, steps, 0.5).tolist(), strict=True):
        at = float(call.t)
        sigma = float(schedule.sigma(at))
        drift = -2 * float(schedule.f(at)) * sigma**2 / float(schedule.g2(at))  # d log alpha / d lambda
        slope = drift * call.x[0] - sigma * call.prediction.eps[0]
        call_times.append(at)
        places.append(call.x[0].double().numpy())
        arrows.append((h * slope).double().numpy())
    return SolverCalls(
        sampler,
        t,
        torch.stack(nodes).double().numpy(),
        np.array(call_times),
        np.array(places),
        np.array(arrows),
        reached.astype(np.int64),
    )


def _exact_path(model: ScoreModel, start: Tensor) -> Array:
    schedule = model.schedule
    times = UniformLogSNR().times(schedule, EXACT_POINTS - 1)
    path: Array = exact_flow(model, start, times, EXACT_POINTS - 1)[:, 0].double().numpy()
    return path
