"""The log-density that a model's flow gives, beside the true one, with the paths that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.config import Config, ConfigError, Range
from diffviz.data import Ring
from diffviz.estimate import Estimate, standard_error
from diffviz.experiments.problem import Problem
from diffviz.likelihood.flow_ode import flow_log_likelihood
from diffviz.protocols import Array
from diffviz.samplers import RK45

SIDE, REACH = 52, 2.4  # cells along a side of the map, and half its side
DRAWS, FRAMES = 400, 41  # data points that are followed, and their stops
_FRESH = 7_000_000  # seed of the draws


@dataclass(frozen=True)
class LogDensityConfig(Config):
    """Whose flow, and how finely it is solved."""

    problem: Problem = field(default_factory=lambda: Problem(Ring()))
    tolerance: Annotated[
        float, Range(1e-6, 1e-2, label="Tolerance", log=True, help="Of RK45, absolute and relative.")
    ] = 1e-3


@dataclass(frozen=True, eq=False)
class LogDensityResult:
    """Normalised units, nats.

    flow, true: (SIDE, SIDE) log-densities at t_min at the centres of cells over [-reach, reach]², the second coordinate
    first. lam: (F,) falling, of the stops. paths: (F, DRAWS, 2) data on their way to noise. log_det: (F, DRAWS) of the
    flow so far. draws_flow, draws_true: (DRAWS,) log-densities of the draws. kl: KL(q || p) over them. t_min: the time
    at which densities are. nfe: calls of the model.
    """

    config: LogDensityConfig
    flow: Array
    true: Array
    lam: Array
    paths: Array
    log_det: Array
    draws_flow: Array
    draws_true: Array
    kl: Estimate
    reach: float
    t_min: float
    nfe: int


def measure_log_density(config: LogDensityConfig) -> LogDensityResult:
    """One solve for the map's places and the draws together, so that all take the same steps."""
    problem = config.problem
    if problem.mixture is None:
        raise ConfigError(f"The density of {type(problem.dataset).title} has no closed form to compare with.")
    model = problem.model
    schedule = model.schedule
    line = np.asarray(-REACH + 2 * REACH * (np.arange(SIDE) + 0.5) / SIDE)
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    alpha, sigma = float(schedule.alpha(schedule.t_min)), float(schedule.sigma(schedule.t_min))
    draws = problem.mixture.diffused(alpha, sigma).draw(DRAWS, _FRESH + problem.seed)
    x = torch.from_numpy(np.concatenate([places, draws]))
    lam = np.linspace(float(schedule.lam(schedule.t_min)), float(schedule.lam(schedule.t_max)), FRAMES)
    times = schedule.time_of(lam)
    times[0], times[-1] = schedule.t_min, schedule.t_max
    found = flow_log_likelihood(model, x.float(), RK45(tolerance=config.tolerance), times=times)
    flow = found.mean.numpy()
    true = problem.mixture.at(alpha, sigma).log_density(x).numpy()
    count = len(places)
    excess = true[count:] - flow[count:]
    return LogDensityResult(
        config,
        flow[:count].reshape(SIDE, SIDE),
        true[:count].reshape(SIDE, SIDE),
        lam,
        found.path.x[:, count:].numpy(),
        found.path.log_det[:, 0, count:].numpy(),
        flow[count:],
        true[count:],
        Estimate(float(excess.mean()), standard_error(excess)),
        REACH,
        schedule.t_min,
        found.path.nfe,
    )
