"""What the claims are measured on: a mixture whose score is known exactly, and seeded draws of it under noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.data import Ring
from diffviz.estimate import Estimate, standard_error
from diffviz.noise import Stream, stream
from diffviz.protocols import Array, Schedule
from diffviz.schedules import LinearVP
from diffviz.scores.mixture import MixtureScore
from diffviz.sde import diffuse

RING = Ring(count=5, skew=0.5).mixture  # five Gaussians of weights .10 … .30 and deviation .15 on a circle of radius 2
VP = LinearVP()


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


def estimate(values: Tensor | Array) -> Estimate:
    """The mean of independent values (n,), with its standard error."""
    numbers = np.asarray(values, dtype=np.float64)
    return Estimate(float(numbers.mean()), standard_error(numbers))


def exactly(value: float) -> Estimate:
    """A value in which nothing is random."""
    return Estimate(float(value), 0.0)
