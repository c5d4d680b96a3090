"""Sliced Wasserstein distance: optimal transport along lines, where sorting solves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from diffviz.config import Range
from diffviz.metrics.base import Metric, Points, flat
from diffviz.noise import Stream, stream
from diffviz.protocols import Array


def sliced_w2(x: Points, y: Points, directions: int = 64, seed: int = 0) -> float:
    """Square root of the mean, over directions, of the squared one-dimensional W2 distance; in units of x.

    x (n, *D), y (m, *D). In the plane the directions are evenly spaced angles, elsewhere random ones for `seed`. Each
    one-dimensional distance is exact. Bonneel et al. 2015, the definition of the sliced distance.
    """
    a, b = flat(x, y)
    lines = _directions(a.shape[1], directions, seed)  # (D, L)
    p, q = np.sort((a @ lines).T, axis=1), np.sort((b @ lines).T, axis=1)  # (L, n), (L, m)
    if len(a) == len(b):
        return float(np.sqrt(np.square(p - q).mean()))
    i, j, width = _pieces(len(a), len(b))
    return float(np.sqrt((np.square(p[:, i] - q[:, j]) @ width).mean()))


def _directions(dimension: int, count: int, seed: int) -> Array:
    if dimension == 2:
        angle = np.pi * (np.arange(count) + 0.5) / count
        return np.stack([np.cos(angle), np.sin(angle)])
    normal = stream(seed, count, dimension, Stream.SLICED_DIRECTIONS).standard_normal((dimension, count))
    return np.asarray(normal / np.linalg.norm(normal, axis=0))


def _pieces(n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Where both quantile functions, of n and of m points, are constant: indices into each, and widths that sum to 1.

    Levels are counted in units of 1 / (n m), so that none is doubled or lost by rounding.
    """
    levels = np.union1d(m * np.arange(1, n + 1, dtype=np.int64), n * np.arange(1, m + 1, dtype=np.int64))
    return (levels - 1) // m, (levels - 1) // n, np.diff(levels, prepend=0) / (n * m)


@dataclass(frozen=True)
class SlicedWasserstein(Metric):
    """Optimal transport along lines: how far points must move, on average, seen from every side."""

    title: ClassVar[str] = "Sliced Wasserstein-2"
    paper: ClassVar[str] = "Bonneel et al. 2015, the definition of the sliced distance"
    latex: ClassVar[str] = r"\Big(\tfrac1L\sum_{l=1}^L W_2^2(\theta_l^\top x,\ \theta_l^\top y)\Big)^{1/2}"

    directions: Annotated[
        int, Range(1, 1024, label="directions", help="Lines on which points are sorted and compared.")
    ] = 64

    def __call__(self, x: Points, y: Points) -> float:
        """The distance between x (n, *D) and y (m, *D), in their units."""
        return sliced_w2(x, y, self.directions)
