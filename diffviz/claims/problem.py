"""What the claims are measured on: a mixture whose score is known exactly, and seeded draws of it under noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.data import Ring
from diffviz.estimate import Estimate, standard_error
from diffviz.noise import Stream, stream
from diffviz.protocols import Array, Schedule
from diffviz.schedules import DiscreteDDPM, LinearVP
from diffviz.scores.mixture import MixtureScore
from diffviz.sde import diffuse

RING = Ring(count=5, skew=0.5).mixture  # five Gaussians of weights .10 … .30 and deviation .15 on a circle of radius 2
VP = LinearVP()
DDPM = DiscreteDDPM()  # a thousand levels; level n stands at t = n / 1000
TOLERANCE = 0.02  # beside three standard errors, so that of fifty random claims none fails by chance


class Draws(NamedTuple):
    """Data, the noise they met, and the noised points x = alpha x0 + sigma eps, (B, 2) each, in double precision."""

    x0: Tensor
    eps: Tensor
    x: Tensor


def model(schedule: Schedule = VP) -> MixtureScore:
    """The exact score of the ring on a schedule."""
    return MixtureScore(schedule, RING)


def normals(shape: tuple[int, ...], seed: int, use: int = 0) -> Tensor:
    """Standard normals in double precision, others for each `use`, a number of the caller's own."""
    return torch.from_numpy(stream(seed, use, 0, Stream.CLAIMS).standard_normal(shape))


def noised(t: float, count: int, seed: int, schedule: Schedule = VP) -> Draws:
    """`count` draws of the ring at time t."""
    x0, eps = torch.from_numpy(RING.draw(count, seed)), normals((count, 2), seed)
    return Draws(x0, eps, diffuse(schedule, x0, t, eps))


def square(v: Tensor) -> Tensor:
    """|v|² of vectors (B, D), (B,)."""
    return v.square().sum(-1)


def estimate(values: Tensor | Array) -> Estimate:
    """The mean of independent values (n,), with its standard error."""
    numbers = np.asarray(values, dtype=np.float64)
    return Estimate(float(numbers.mean()), standard_error(numbers))


def exactly(value: float) -> Estimate:
    """A value in which nothing is random."""
    return Estimate(float(value), 0.0)


def expectation(of: Callable[[Tensor], Tensor], t: float, schedule: Schedule = VP) -> float:
    """The mean of a function (B, 2) to (B,) over the noised ring at time t, by the trapezoidal rule on a grid.

    For such smooth densities it is exact to many digits, so that it serves as the truth of what is drawn at random.
    """
    alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
    reach = 2 * alpha + 8 * math.hypot(0.15 * alpha, sigma)
    axis = torch.linspace(-reach, reach, 301, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis)
    density = RING.at(alpha, sigma).density(x)
    return float((density * of(x)).sum() / density.sum())


def posterior_trace(t: float, schedule: Schedule = VP) -> float:
    """E tr Cov[x_0 | x_t]: the squared error that is left when x_0 is guessed as well as can be."""
    marginal = RING.at(float(schedule.alpha(t)), float(schedule.sigma(t)))
    return expectation(lambda x: marginal.posterior_cov(x).diagonal(dim1=1, dim2=2).sum(-1), t, schedule)
