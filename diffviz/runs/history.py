"""What a run remembers: the loss curve and the weights along the way, both of bounded size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from diffviz.protocols import Array
from diffviz.training.loop import Progress

MOMENTS_BUDGET = 128 << 20  # bytes of weights that one run keeps to be replayed


class LossHistory:
    """Fewer than `limit` (even) points of a loss curve, each the mean over a stride that doubles when it is full."""

    def __init__(self, limit: int = 600) -> None:
        self.limit, self._stride = limit, 1
        self._points: list[tuple[float, float]] = []
        self._pending: list[float] = []

    def add(self, step: int, loss: float) -> None:
        """Take in the loss of one step, 1, 2, …"""
        self._pending.append(loss)
        if len(self._pending) < self._stride:
            return
        self._points.append((float(step), sum(self._pending) / len(self._pending)))
        self._pending.clear()
        if len(self._points) == self.limit:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points = [(b[0], (a[1] + b[1]) / 2) for a, b in pairs]
            self._stride *= 2

    def state(self) -> dict[str, Any]:
        """All of it as plain JSON, from which `restored` goes on."""
        return {"limit": self.limit, "stride": self._stride, "points": self._points, "pending": self._pending}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> LossHistory:
        """The history whose `state` was written down, to go on from."""
        history = cls(state["limit"])
        history._stride, history._pending = state["stride"], list(state["pending"])
        history._points = [(step, loss) for step, loss in state["points"]]
        return history

    def curve(self) -> Array:
        """(n, 2): the last step of each stride and its mean loss, n < limit."""
        return np.array(self._points, dtype=np.float64).reshape(-1, 2)


@dataclass(frozen=True)
class SavedWeights:
    """The averaged weights (P,) after some step; step 0 is before training."""

    step: int
    weights: Tensor


class WeightHistory:
    """Moments near evenly spaced in log step, so that a slider over them replays learning.

    At most `limit` of them, and only as many as fit into `budget` bytes: of large weights fewer, but always the first
    and the latest.
    """

    def __init__(self, limit: int = 40, ratio: float = 1.25, budget: int = MOMENTS_BUDGET) -> None:
        self.limit, self.ratio, self.budget = limit, ratio, budget
        self._kept: list[SavedWeights] = []
        self._due = 0

    def offer(self, step: int, weights: Tensor) -> None:
        """Keep the averaged weights (P,) after `step` if a moment is due."""
        if step < self._due:
            return
        self._kept.append(SavedWeights(step, weights))
        self._due = max(step + 1, math.ceil(step * self.ratio))
        if len(self._kept) > max(2, min(self.limit, self.budget // weights.nbytes)):
            # Drop the inner moment whose neighbours are nearest to one another in log step.
            logs = [math.log1p(m.step) for m in self._kept]
            gaps = [logs[i + 1] - logs[i - 1] for i in range(1, len(logs) - 1)]
            del self._kept[1 + min(range(len(gaps)), key=gaps.__getitem__)]

    def all(self) -> tuple[SavedWeights, ...]:
        """The moments that are kept, oldest first."""
        return tuple(self._kept)


@dataclass(frozen=True)
class History:
    """What a run remembers, taken in step by step."""

    losses: LossHistory = field(default_factory=LossHistory)
    weights: WeightHistory = field(default_factory=WeightHistory)

    def add(self, progress: Progress) -> None:
        """Take in the loss and the weights of one step."""
        self.losses.add(progress.step, progress.loss)
        self.weights.offer(progress.step, progress.weights)
