"""The learning of steps with L_hard and L_soft as one run in the background."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from diffviz.runs.lifecycle import Observe, Run
from diffviz.timesteps.both_losses import BothLosses, BothProgress, BothStates
from diffviz.training.loop import TrainState


class BothLossesRun(Run):
    """`observe` is given the students of both losses, and a `BothProgress`; no points are needed."""

    def __init__(self, settings: BothLosses, teacher: TrainState, seed: int, observe: Observe | None = None) -> None:
        super().__init__(torch.zeros(1, *teacher.network.shape), seed, observe)
        self.settings, self.teacher = settings, teacher

    def _learner(self) -> BothStates:
        return self.settings.state(self.teacher, self.seed)

    def _loop(self) -> Iterator[BothProgress]:
        return self.settings.learn(self.teacher, self.points, self.seed)
