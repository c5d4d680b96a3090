"""One step of DDIM for two: the target of progressive distillation, at every step of a round at once."""

from __future__ import annotations

from typing import NamedTuple, Self

import torch
from torch import Tensor

from diffviz.grids import UniformTime
from diffviz.objectives.base import wide
from diffviz.protocols import Array, Schedule, ScoreModel

GRID = UniformTime()  # as in the paper; the grid of N steps holds every second time of the one of 2N


class Moment(NamedTuple):
    """Times with their signal and noise: t (B,), alpha and sigma in the same shape, or shaped to multiply (B, *D)."""

    t: Tensor
    alpha: Tensor
    sigma: Tensor

    @classmethod
    def of(cls, schedule: Schedule, times: Array) -> Self:
        """At times (N,), computed in double precision."""
        return cls(
            *(torch.from_numpy(column).float() for column in (times, schedule.alpha(times), schedule.sigma(times)))
        )

    def at(self, which: Tensor, like: Tensor) -> Moment:
        """Those of the given places (B,), shaped to multiply points (B, *D)."""
        return Moment(self.t[which], wide(self.alpha[which], like), wide(self.sigma[which], like))


class DoubleStep(NamedTuple):
    """Steps of DDIM from `start` to `end`, which the teacher takes by way of `middle`."""

    start: Moment
    middle: Moment
    end: Moment

    @classmethod
    def all(cls, schedule: Schedule, steps: int) -> Self:
        """Every step of the grid of so many steps, the noisiest first."""
        times = GRID.times(schedule, 2 * steps)
        return cls(*(Moment.of(schedule, part) for part in (times[:-1:2], times[1::2], times[2::2])))

    def at(self, share: Tensor, like: Tensor) -> DoubleStep:
        """Those at shares (B,) of all steps, 0 to 1 from the noisiest, shaped to multiply points (B, *D)."""
        which = self.which(share)
        return DoubleStep(*(moment.at(which, like) for moment in self))

    def which(self, share: Tensor) -> Tensor:
        """The places (B,) of the steps that hold shares (B,); a share just below 1 may be rounded to it."""
        steps = len(self.start.t)
        return (share * steps).long().clamp(max=steps - 1)

    def teacher_end(self, teacher: ScoreModel, z: Tensor) -> Tensor:
        """Where two steps of DDIM lead from z (B, *D) at `start`.

        Salimans and Ho 2022, algorithm 2. The lecture notes print the second step with the prediction of the first,
        which makes it one step of the teacher's.
        """
        half_way = ddim_step(z, teacher.predict(z, self.start.t).x0, self.start, self.middle)
        return ddim_step(half_way, teacher.predict(half_way, self.middle.t).x0, self.middle, self.end)

    def target(self, z: Tensor, end: Tensor) -> Tensor:
        """The prediction of x_0 at z (B, *D) with which one step of DDIM leads to `end` (B, *D).

        Salimans and Ho 2022, algorithm 2 and appendix G.
        """
        ratio = self.end.sigma / self.start.sigma
        return (end - ratio * z) / (self.end.alpha - ratio * self.start.alpha)


def ddim_step(x: Tensor, x0: Tensor, start: Moment, end: Moment) -> Tensor:
    """alpha x_0 + sigma eps at the end of a step, from x (B, *D) and the prediction of x_0 at its start."""
    return end.alpha * x0 + end.sigma / start.sigma * (x - start.alpha * x0)
