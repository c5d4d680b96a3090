"""What a time grid is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from diffviz.config import ConfigError, Entry
from diffviz.protocols import Array, Schedule


@dataclass(frozen=True)
class Grid(Entry, ABC):
    """Chooses the times a sampler visits: steps + 1 of them, falling from t_max to t_min.

    whole: whether the first time is t_max; where not, sampling starts late although it starts from pure noise.
    """

    whole: ClassVar[bool] = True

    @abstractmethod
    def place(self, schedule: Schedule, share: Array) -> Array:
        """The times at shares 0 (t_max) to 1 (t_min) of the way, (steps + 1,)."""

    def times(self, schedule: Schedule, steps: int) -> Array:
        """The grid, (steps + 1,) float64; `steps` at least 1.

        Times fall strictly, within [t_min, t_max], and lambda rises strictly, both as float64 numbers: a step between
        equal lambdas has no length, and samplers divide by it. Raises `ConfigError` where there is no room for that.
        """
        if steps < 1:
            raise ConfigError(f"A grid needs at least 1 step, got {steps}.")
        times = self.place(schedule, np.linspace(0.0, 1.0, steps + 1))
        times[-1] = schedule.t_min
        if self.whole:
            times[0] = schedule.t_max
        falls = times[0] <= schedule.t_max and (np.diff(times) < 0).all()
        if not (falls and (np.diff(schedule.lam(times)) > 0).all()):
            raise ConfigError(f"{self.title} has no room for {steps:,} steps on this schedule.")
        return times


def between(first: float, last: float, share: Array) -> Array:
    """The straight line from `first` (share 0) to `last` (share 1), in the shape of share."""
    return first + share * (last - first)
