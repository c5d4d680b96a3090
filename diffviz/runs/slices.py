"""Training taken a slice of time at a time, with what is kept of the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from diffviz.runs.history import History
from diffviz.runs.slots import SLICE
from diffviz.runs.snapshot import Snapshot
from diffviz.training.loop import Progress


class SlicedTraining:
    """A training loop that starts from `weights` and is gone through in slices.

    progress: the latest that is finite, None before the first. fault: a sentence once one is not, else empty.
    """

    def __init__(self, loop: Iterator[Progress], weights: Tensor) -> None:
        self._loop, self._history = loop, History()
        self._history.weights.offer(0, weights)
        self.progress: Progress | None = None
        self.fault = ""

    @property
    def over(self) -> bool:
        """Whether no slice is to follow the ones that were taken."""
        return bool(self.fault) or self.progress is None or self.progress.step == self.progress.steps

    def advance(self, wanted: Callable[[], bool]) -> None:
        """Train for one slice, or less if it is `wanted` no longer."""
        end, good = time.perf_counter() + SLICE, self.progress
        for progress in self._loop:
            if not progress.finite:
                kept = "the initial weights are" if good is None else f"the weights of step {good.step} are"
                self.fault = f"The loss is not finite at step {progress.step}; {kept} kept. Try a lower learning rate."
                return
            self.progress = good = progress
            self._history.add(progress)
            if time.perf_counter() >= end or not wanted():
                return

    def snapshot(self, progress: Progress, evaluation: Any) -> Snapshot:
        """What others see at the latest progress, with what an observer made of it."""
        return Snapshot(progress, evaluation, self._history.losses.curve(), self._history.weights.all())
