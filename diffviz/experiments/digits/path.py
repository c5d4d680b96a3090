"""The path of images from noise to data, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffviz.experiments.clock import clock_positions
from diffviz.experiments.frames import IMAGE_FRAMES, shown_frames
from diffviz.protocols import Array, Schedule
from diffviz.trajectory import Trajectory

Pixels: TypeAlias = NDArray[np.float32]  # images (..., C, H, W) in the units of the networks: -1 is paper, 1 is ink


@dataclass(frozen=True, eq=False)
class SamplePath:
    """The states of one run of a sampler.

    t: (N+1,) visited times. clock: (N+1,) where they stand on a clock from 0 to 1, even in t. alpha, sigma: (N+1,) of
    the schedule there. ends: t_max and t_min. x: (N+1, B, C, H, W) states. x0: (N, B, C, H, W) denoised, where the
    model answered. nfe: number of function evaluations, counted. shown: which of the nodes are shown, where the others
    were let go; empty on a whole path.
    """

    t: Array
    clock: Array
    alpha: Array
    sigma: Array
    ends: tuple[float, float]
    x: Pixels
    x0: Pixels
    nfe: int
    shown: tuple[int, ...] = ()

    @classmethod
    def of(cls, run: Trajectory, schedule: Schedule) -> SamplePath:
        """The path of a run on a schedule."""
        alpha, sigma = (np.asarray(level(run.t)) for level in (schedule.alpha, schedule.sigma))
        clock = clock_positions(run.t, schedule)
        ends = (schedule.t_max, schedule.t_min)
        return cls(run.t, clock, alpha, sigma, ends, run.x.numpy(), run.x0.numpy(), run.nfe)

    def thinned(self) -> SamplePath:
        """The same with no more nodes than are shown, and the last one where the model answered."""
        shown = shown_frames(len(self.t), IMAGE_FRAMES)
        nodes = sorted({*shown, len(self.x0) - 1})
        return SamplePath(
            self.t[nodes],
            self.clock[nodes],
            self.alpha[nodes],
            self.sigma[nodes],
            self.ends,
            self.x[nodes],
            self.x0[nodes[:-1]],
            self.nfe,
            tuple(map(nodes.index, shown)),
        )

    @property
    def final(self) -> Pixels:
        """The samples, (B, C, H, W)."""
        return self.x[-1]

    def answered(self, nodes: Sequence[int]) -> list[int]:
        """The nodes themselves where the model answered; for the last node, where nothing is asked, the one before."""
        return [min(k, len(self.x0) - 1) for k in nodes]

    def eps(self, nodes: Sequence[int]) -> Pixels:
        """The noise (x - alpha x0) / sigma that the model saw at nodes where it answered, (F, B, C, H, W)."""
        shape = (-1, *(1,) * (self.x.ndim - 1))
        alpha, sigma = (level[nodes].astype(np.float32).reshape(shape) for level in (self.alpha, self.sigma))
        return np.asarray((self.x[nodes] - alpha * self.x0[nodes]) / sigma, dtype=np.float32)
