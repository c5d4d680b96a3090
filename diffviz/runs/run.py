"""A training in the background: a worker thread drains the loop, others look at its latest frozen snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.networks.device import CPU
from diffviz.pretrained.checkpoint import Card, save_checkpoint
from diffviz.protocols import Array
from diffviz.runs.history import SavedWeights
from diffviz.runs.lifecycle import OBSERVE_EVERY, Observe, Run
from diffviz.runs.slots import CORES, SEATS, Slots
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps


class TrainingRun(Run):
    """The run of one network.

    weights: flat, to start from instead of fresh ones. device: where it computes; what it shows is on the processor.
    """

    def __init__(
        self,
        settings: TrainingConfig,
        points: Array | Tensor,
        seed: int,
        observe: Observe | None = None,
        *,
        every: float = OBSERVE_EVERY,
        weights: Tensor | None = None,
        device: torch.device = CPU,
        clock: Callable[[], float] = time.monotonic,
        work_clock: Callable[[], float] = time.thread_time,
        seats: Slots = SEATS,
        cores: Slots = CORES,
    ) -> None:
        super().__init__(
            points, seed, observe, every=every, clock=clock, work_clock=work_clock, seats=seats, cores=cores
        )
        self.settings, self.first_weights, self._device = settings, weights, device

    def model(self, moment: SavedWeights | None = None) -> LearnedScore:
        """An own copy of the score model at a moment, or at the latest step; before any, as it was born."""
        train_state = self._train_state()
        if moment is not None:
            return train_state.load(moment.weights)
        return train_state.load(self._latest.progress.weights) if self._latest else train_state.model

    def save(self, path: Path, data: str) -> Card:
        """Write the latest weights as a checkpoint; `data` is the data set's id. Raises `ConfigError` before any."""
        latest = self._latest
        if latest is None:
            raise ConfigError("There is nothing to save before the first step.")
        train_state = self._train_state()
        train_state.load(latest.progress.weights)
        return save_checkpoint(path, train_state, self.seed, latest.progress.step, data)

    def _learner(self) -> TrainState:
        return self._train_state()

    def _loop(self) -> Iterator[Progress]:
        return training_steps(self.settings, self.points, self.seed, weights=self.first_weights, device=self._device)

    def _train_state(self) -> TrainState:
        train_state = TrainState(self.settings, tuple(self.points.shape[1:]), self.seed)
        if self.first_weights is not None:
            train_state.load(self.first_weights)
        return train_state
