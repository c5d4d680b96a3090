"""Pairs of points on one path: at which two times, of which data under which noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.grids import GRIDS
from diffviz.noise import Stream, torch_generator
from diffviz.prediction import expand
from diffviz.protocols import Array, Schedule

if TYPE_CHECKING:
    from diffviz.distillation.consistency import Consistency

SPACINGS = {slug: GRIDS[slug] for slug in ("uniform", "karras")}
_TABLE = 4097
_MEAN, _SPREAD = (
    -0.4,
    2.0,
)  # of log(sigma / alpha): Song and Dhariwal 2023, section 3.5, moved from data of scale ½ to 1


class Levels(NamedTuple):
    """Times (B,), and alpha and sigma there, shaped to multiply states (B, *D)."""

    t: Tensor
    alpha: Tensor
    sigma: Tensor

    @classmethod
    def at(cls, schedule: Schedule, t: Tensor, x: Tensor) -> Levels:
        """At times t (B,), computed in double precision."""
        alpha, sigma = (expand(level.to(x.dtype), x) for level in (schedule.alpha(t), schedule.sigma(t)))
        assert isinstance(alpha, Tensor) and isinstance(sigma, Tensor)
        return cls(t.to(x.dtype), alpha, sigma)


def draw_pairs(
    settings: Consistency, schedule: Schedule, data: Tensor, seed: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """For every step data x0 and noise eps (batch, *D), and times (visits, batch) from a point to a cleaner one.

    Papers draw neighbours of a grid of N + 1 times. Here the noisier point is anywhere and the other a piece nearer to
    the data, or at their end, so that the map knows every time of a path.
    """
    generator, spacing = torch_generator(seed, Stream.STUDENT_BATCHES), SPACINGS[settings.spacing]()
    known = np.linspace(0.0, 1.0, _TABLE)
    drawn = share_drawn(settings, schedule, spacing.place(schedule, 1 - known))
    way = np.linspace(0.0, 1.0, settings.visits)[:, None]
    size = settings.batch
    for step in range(1, settings.steps + 1):
        slices = (torch.arange(size) + torch.rand(size, generator=generator)) / size
        noisier = np.interp(slices.numpy(), drawn, known)
        share = np.maximum(noisier - way / settings.pieces(step), 0.0)
        times = np.where(share > 0, spacing.place(schedule, 1 - share), schedule.t_min)
        x0 = data[torch.randint(len(data), (size,), generator=generator)]
        yield x0, torch.randn(x0.shape, generator=generator), torch.from_numpy(times)


def share_drawn(settings: Consistency, schedule: Schedule, times: Array) -> Array:
    """The share of all pairs whose noisier time is below each of the rising times (n,)."""
    if settings.levels == "even":
        return np.linspace(0.0, 1.0, len(times))
    normal = torch.erf(torch.from_numpy((-schedule.lam(times) - _MEAN) / (math.sqrt(2) * _SPREAD))).numpy()
    return np.asarray((normal - normal[0]) / (normal[-1] - normal[0]))
