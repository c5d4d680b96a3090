"""L_hard and L_soft at once, from the same starts and batches, a step of each in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated

import torch
from torch import Tensor

from diffviz.config import Config, Range
from diffviz.timesteps.ld3 import LD3, LD3Progress, LD3State, LD3Student
from diffviz.training.loop import Progress, TrainState


@dataclass(frozen=True)
class BothLosses(Config):
    """The same learning with r = 0 and with r = `radius`, so that only the loss differs."""

    learning: LD3 = field(default_factory=LD3)
    radius: Annotated[
        float, Range(0.01, 0.5, step=0.01, label="r of L_soft", help="How far the start may move, over σ of the start.")
    ] = 0.05

    @property
    def lanes(self) -> tuple[LD3, LD3]:
        """With L_hard, and with L_soft."""
        return replace(self.learning, radius=0.0), replace(self.learning, radius=self.radius)

    def state(self, teacher: TrainState, seed: int) -> BothStates:
        """Both as they begin, which is alike."""
        return BothStates(self, teacher, seed)

    def learn(self, teacher: TrainState, points: Tensor, seed: int) -> Iterator[BothProgress]:
        """As `LD3.learn`, both after each step."""
        loops = (lane.learn(teacher, points, seed) for lane in self.lanes)
        for lanes in zip(*loops, strict=True):
            hard = lanes[0]
            yield BothProgress(
                step=hard.step,
                steps=hard.steps,
                loss=sum(lane.loss for lane in lanes),
                smooth_loss=sum(lane.smooth_loss for lane in lanes),
                lam=hard.lam,
                lam_loss=hard.lam_loss,
                rate=1 / sum(1 / lane.rate for lane in lanes),
                weights=torch.cat([lane.weights for lane in lanes]),
                lanes=lanes,
            )


@dataclass(frozen=True)
class BothProgress(Progress):
    """Where both stand after the same step: `weights` are those of both, end to end, and `loss` is their sum."""

    lanes: tuple[LD3Progress, ...] = ()


class BothStates:
    """The students of both losses."""

    def __init__(self, settings: BothLosses, teacher: TrainState, seed: int) -> None:
        self.settings = settings
        self.states: tuple[LD3State, ...] = tuple(lane.state(teacher, seed) for lane in settings.lanes)

    @property
    def initial(self) -> Tensor:
        """A copy of all flat weights as they are, end to end."""
        return torch.cat([state.initial for state in self.states])

    def load(self, weights: Tensor) -> tuple[LD3Student, ...]:
        """Put flat weights in place: the students with L_hard and L_soft, the same objects each time."""
        parts = weights.chunk(len(self.states))
        return tuple(state.load(part) for state, part in zip(self.states, parts, strict=True))
