"""What a metric is, and the floor it cannot go below with samples of a given size."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import ConfigError, Entry
from diffviz.estimate import standard_error
from diffviz.protocols import Array

Points = Array | Tensor


@dataclass(frozen=True)
class Metric(Entry, ABC):
    """A distance between two sets of points, 0 for the same set.

    pairs: of real sets that a page can measure a floor from while a visitor waits.
    """

    pairs: ClassVar[int] = 24

    @abstractmethod
    def __call__(self, x: Points, y: Points) -> float:
        """The distance between x (n, *D) and y (m, *D)."""


class Floor(NamedTuple):
    """Distance between two samples of the same law: its mean over so many pairs, and the standard error of that."""

    mean: float
    error: float
    pairs: int = 1

    @classmethod
    def of(cls, distances: Iterable[float]) -> Floor:
        """That of the distances of pairs, which are measured one by one; `ConfigError` for fewer than two."""
        measured = []
        for distance in distances:
            raise_if_cancelled()
            measured.append(distance)
        if len(measured) < 2:
            raise ConfigError(f"A floor needs at least 2 pairs, got {len(measured)}.")
        return cls(float(np.mean(measured)), standard_error(np.array(measured)), len(measured))

    @property
    def spread(self) -> float:
        """Standard deviation of the distance of a single pair: how far one measurement strays from the mean."""
        return self.error * math.sqrt(self.pairs)

    @property
    def band(self) -> tuple[float, float]:
        """Mean ± spread: a single distance within it cannot be told from one between real sets."""
        return self.mean - self.spread, self.mean + self.spread

    @property
    def foot(self) -> float:
        """Where the band of mean ± spread begins; half of the mean where that is higher, for a logarithmic axis."""
        return max(self.band[0], self.mean / 2)


def floor(
    metric: Callable[[Array, Array], float],
    draw: Callable[[int, int], Array],
    count: int,
    pairs: int = 100,
    seed: int = 0,
) -> Floor:
    """The distance of real from real: two fresh samples of `count` points, over `pairs` pairs.

    draw(count, seed) gives the samples; pair i uses the seeds seed + 2 i and seed + 2 i + 1. Raises `ConfigError` for
    fewer than two pairs.
    """
    return Floor.of(metric(draw(count, seed + 2 * i), draw(count, seed + 2 * i + 1)) for i in range(pairs))


def flat(x: Points, y: Points) -> tuple[Array, Array]:
    """Both as float64 arrays (n, D) and (m, D), or `ConfigError` if they cannot be compared."""
    a, b = (np.asarray(v.detach().cpu() if isinstance(v, Tensor) else v, dtype=np.float64) for v in (x, y))
    if not len(a) or not len(b) or a.shape[1:] != b.shape[1:]:
        raise ConfigError(f"Sets of points of shapes {a.shape} and {b.shape} cannot be compared.")
    return a.reshape(len(a), -1), b.reshape(len(b), -1)
