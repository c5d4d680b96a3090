"""Why a particle moves where it does: which data points pull at it, and the one answer seen four ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, Range
from diffviz.data import MixtureDataset, Ring
from diffviz.experiments.problem import Problem
from diffviz.experiments.score.field import Coordinate
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array
from diffviz.samplers import prior
from diffviz.samplers.probability_flow import exact_flow
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore

FRAMES, CROWD, STEPS = 61, 60, 120
LAST = 0.02  # the time at which the clock ends: below it a particle sits on a data point


@dataclass(frozen=True)
class PullConfig(Config):
    """How many data points there are, and where a particle is held: at (x, y), when a share of the clock has run.

    The clock runs evenly in t from noise to data.
    """

    mixture: MixtureDataset = field(default_factory=Ring)
    points: Annotated[
        int, Range(2, 100, label="Data points", log=True, help="The finite data set whose exact score this is.")
    ] = 30
    seed: Annotated[int, Range(0, 99, label="Seed", help="Draws the points, and the noise of the others.")] = 0
    x: Annotated[float, Coordinate] = -0.5
    y: Annotated[float, Coordinate] = 1.2
    share: Annotated[float, Range(0.0, 1.0, label="Share of the clock", help="When the particle is held.")] = 0.5


@dataclass(frozen=True, eq=False)
class PullResult:
    """A particle on the probability flow of a finite data set, in normalised units; F frames, t falling.

    times, alpha, sigma: (F,). held: the frame at which it was held. data: (N, 2). crowd: (F, CROWD, 2), others on the
    same flow. path: (F, 2), the particle. x0, eps, v, score: (F, 2), the model's answer where it is. phi: (F,), angle
    with cos phi = alpha, sin phi = sigma. weights: (F, N), P(x_0 = point | x_t) along the path.
    """

    config: PullConfig
    times: Array
    alpha: Array
    sigma: Array
    held: int
    data: Array
    crowd: Array
    path: Array
    x0: Array
    eps: Array
    v: Array
    score: Array
    phi: Array
    weights: Array


def follow_pull(config: PullConfig) -> PullResult:
    """The flow through the place where the particle is held, both ways, and what the score says along it.

    Karras et al. 2022, equation 57; Salimans and Ho 2022, appendix D (angle and velocity).
    """
    schedule = Cosine()
    data = Problem(config.mixture, schedule=schedule).draw(config.points, config.seed)
    model = EmpiricalScore(schedule, torch.from_numpy(data))
    times = np.linspace(schedule.t_max, LAST, FRAMES)
    alpha, sigma = schedule.alpha(times), schedule.sigma(times)
    held = round(config.share * (FRAMES - 1))
    place = torch.tensor([[config.x, config.y]], dtype=torch.float64)
    path = np.empty((FRAMES, 2))
    path[held] = config.x, config.y
    for way in (np.arange(held, FRAMES), np.arange(held, -1, -1)):
        raise_if_cancelled()
        if len(way) > 1:
            path[way] = exact_flow(model, place, times[way], STEPS).numpy()[:, 0]
    answers = [model.predict(torch.from_numpy(x[None]), float(t)) for x, t in zip(path, times, strict=True)]
    x0, eps, v, score = (
        np.concatenate([getattr(answer, view).numpy() for answer in answers]) for view in ("x0", "eps", "v", "score")
    )
    noise = WhiteNoise(config.seed, (CROWD, 2), torch.float64)
    crowd: Array = exact_flow(model, prior(schedule, noise), times, STEPS).numpy()
    return PullResult(
        config,
        times,
        alpha,
        sigma,
        held,
        data,
        crowd,
        path,
        x0,
        eps,
        v,
        score,
        np.arctan2(sigma, alpha),
        _weights(path, alpha, sigma, data),
    )


def _weights(path: Array, alpha: Array, sigma: Array, data: Array) -> Array:
    """Softmax of -|x - alpha y|² / (2 sigma²) over the points y, (F, N)."""
    apart = path[:, None] - alpha[:, None, None] * data
    exponent = -np.square(apart).sum(-1) / (2 * sigma[:, None] ** 2)
    weights = np.exp(exponent - exponent.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True))
