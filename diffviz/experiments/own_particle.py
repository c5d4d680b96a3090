"""One particle of a person's own in a race: where every lane takes it from the noise where it was put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from diffviz.config import Config, Range
from diffviz.experiments.lane import AnyLane
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.protocols import Array, Noise

REACH = 2.7  # of the panes of a race


@dataclass(frozen=True)
class Start(Config):
    """Starting noise ε = (x, y) in units of its standard deviation: sampling starts from σ(t_max) ε."""

    x: Annotated[float, Range(-REACH, REACH, label="x", help="Where the particle begins, across.")] = 1.0
    y: Annotated[float, Range(-REACH, REACH, label="y", help="Where the particle begins, up.")] = -1.2


@dataclass(frozen=True)
class _From:
    """The noise of another one on the way, from a start of its own (1, 2)."""

    start: Tensor
    way: Noise

    def initial(self) -> Tensor:
        return self.start

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        return self.way.between(lam_from, lam_to)

    def at(self, lam: float, index: int) -> Tensor:
        return self.way.at(lam, index)


def follow_own(problem: Problem, lane: AnyLane, start: Start) -> Array:
    """The path (N+1, 2) of one particle from `start`, in normalised units; `lane` must be fitted.

    What a sampler draws on the way is what particle 0 of the race draws: wherever the start is moved, that stays.
    """
    runner = lane.runner(problem)
    way = brownian_path(runner.schedule, (1, 2), problem.seed)
    run = runner.run(_From(torch.tensor([[start.x, start.y]]), way))
    return run.x[:, 0].double().numpy()
