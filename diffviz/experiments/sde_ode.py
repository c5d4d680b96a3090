"""The reverse SDE beside the probability flow: one start, one path here and a fan of paths there, equal marginals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import torch
from torch import Tensor

from diffviz.config import Config, Range
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.grids import UniformLogSNR
from diffviz.metrics import Floor, floor, sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, Schedule
from diffviz.samplers import SDEFamily, sample
from diffviz.sde import diffuse

PARTICLES, FAN = 2_000, 40
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the way, where the marginals are compared
FRESH_SETS = 12  # of data, against which the marginals are compared
PAIRS = FRESH_SETS // 2  # of these, from which the floor is measured
_STARTS, _FRESH, _EPS = 5_000_000, 5_000_100, 9_000  # seeds of the data and of their noise


@dataclass(frozen=True)
class SDEODEConfig(Config):
    """The problem, how noisy the SDE is, the particle whose way is followed, and the steps of both processes."""

    problem: Problem = field(default_factory=Problem)
    tau: Annotated[
        float,
        Range(0.1, 2.0, step=0.1, label="τ", help="1 is the reverse SDE; smaller is nearer the flow, larger noisier."),
    ] = 1.0
    particle: Annotated[int, Range(0, 99, label="Particle", help="Whose path stands in the fan.")] = 9
    steps: Annotated[int, Range(20, 400, label="Steps", log=True, help="Of both processes, from noise to data.")] = 200


@dataclass(frozen=True)
class MarginalDistance:
    """Sliced W2 at one time: of either ensemble from fresh draws of q_t, and what two honest draws are apart."""

    t: float
    ode: float
    sde: float
    floor: Floor


@dataclass(frozen=True, eq=False)
class Ensembles:
    """Both processes from the same draw of q_T, on one grid.

    t, lam: (N+1,). ode, sde: (N+1, PARTICLES, 2). marginals: how far both are from q_t, at SHARES of the way.
    """

    t: Array
    lam: Array
    ode: Array
    sde: Array
    marginals: tuple[MarginalDistance, ...]


@dataclass(frozen=True, eq=False)
class SDEODEComparison:
    """Both ensembles, and the ways of one particle.

    path: (N+1, 2) of the particle on the flow. fan: (N+1, FAN, 2) on the SDE, FAN times from the same start.
    """

    config: SDEODEConfig
    ensembles: Ensembles
    path: Array
    fan: Array


def compare_sde_ode(config: SDEODEConfig) -> SDEODEComparison:
    """Run both ensembles, and the particle's fan."""
    return follow_particle(config, run_ensembles(config.problem, config.tau, config.steps), run_fan(config))


def run_ensembles(problem: Problem, tau: float, steps: int) -> Ensembles:
    """Both from the same start, and how far they are from q_t on the way."""
    return compare_ensembles(problem, run_process(problem, 0.0, steps), run_process(problem, tau, steps))


def run_process(problem: Problem, tau: float, steps: int) -> Array:
    """One ensemble (N+1, PARTICLES, 2), tau = 0 the flow, from data noised to t_max."""
    schedule = problem.model.schedule
    noise, times = brownian_path(schedule, (PARTICLES, 2), problem.seed), UniformLogSNR().times(schedule, steps)
    return sample(SDEFamily(tau=tau), problem.model, _start(problem), times, noise).x.numpy()


def compare_ensembles(problem: Problem, ode: Array, sde: Array) -> Ensembles:
    """The flow's and the SDE's ensemble of as many steps."""
    schedule = problem.model.schedule
    times = UniformLogSNR().times(schedule, len(ode) - 1)
    return Ensembles(times, schedule.lam(times), ode, sde, _compare_marginals(problem, times, ode, sde))


def run_fan(config: SDEODEConfig) -> Array:
    """The particle's ways on the SDE, (N+1, FAN, 2): FAN times from where it starts in the ensembles."""
    problem = config.problem
    schedule = problem.model.schedule
    start = _start(problem)[config.particle].expand(FAN, 2)
    noise = brownian_path(schedule, (FAN, 2), problem.seed + 1)
    times = UniformLogSNR().times(schedule, config.steps)
    return sample(SDEFamily(tau=config.tau), problem.model, start, times, noise).x.numpy()


def follow_particle(config: SDEODEConfig, ensembles: Ensembles, fan: Array) -> SDEODEComparison:
    """Both ensembles, the particle's path on the flow out of them, and its fan."""
    return SDEODEComparison(config, ensembles, ensembles.ode[:, config.particle], fan)


def _start(problem: Problem) -> Tensor:
    """Data (PARTICLES, 2) noised to t_max: q_T itself, not the prior."""
    schedule = problem.model.schedule
    data = torch.from_numpy(problem.draw(PARTICLES, _STARTS + problem.seed)).float()
    return diffuse(schedule, data, schedule.t_max, brownian_path(schedule, (PARTICLES, 2), problem.seed).initial())


def _compare_marginals(problem: Problem, times: Array, ode: Array, sde: Array) -> tuple[MarginalDistance, ...]:
    """Both ensembles against q_t, drawn by noising fresh data."""
    schedule = problem.model.schedule
    data = [problem.draw(PARTICLES, _FRESH + 100 * problem.seed + k) for k in range(FRESH_SETS)]
    distances = []
    for share in SHARES:
        k = int(share * (len(times) - 1))
        draw = partial(_draw_marginal, schedule, data, float(times[k]))
        truth = draw(PARTICLES, 100 * FRESH_SETS)
        honest = floor(sliced_w2, draw, PARTICLES, pairs=PAIRS)
        distances.append(MarginalDistance(float(times[k]), sliced_w2(ode[k], truth), sliced_w2(sde[k], truth), honest))
    return tuple(distances)


def _draw_marginal(schedule: Schedule, data: Sequence[Array], t: float, count: int, seed: int) -> Array:
    """A draw (count, 2) of q_t: one of the sets of data (count, 2), noised."""
    eps = WhiteNoise(_EPS + seed, (count, 2)).initial()
    return diffuse(schedule, torch.from_numpy(data[seed % len(data)]).float(), t, eps).double().numpy()
