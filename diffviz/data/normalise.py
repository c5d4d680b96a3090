"""The map between raw data units and the units that models see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from torch import Tensor

from diffviz.config import ConfigError, quoted
from diffviz.protocols import Array

Points = TypeVar("Points", Array, Tensor)


@dataclass(frozen=True)
class Normalisation:
    """x -> (x - shift) / scale: one shift a coordinate and one scale for all, so that shapes keep their proportions.

    shift: (D,) numbers; scale: a positive number, both in raw units.
    """

    shift: tuple[float, ...]
    scale: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.shift).all() and np.isfinite(self.scale) and self.scale > 0):
            raise ConfigError(f"A normalisation needs a finite shift and a positive scale, got {quoted(self.scale)}.")

    @classmethod
    def of(cls, points: Array) -> Normalisation:
        """The one that gives points (n, D) mean 0 and root mean square 1 per coordinate, or `ConfigError`."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean = points.mean(0)
            scale = float(np.sqrt(np.square(points - mean).mean()))
        # Beyond these, squares overflow or the spread drowns in rounding.
        if not 0 < scale < np.inf or scale < 1e-9 * np.abs(mean).max():
            raise ConfigError("The points must not all be the same, nor too far apart to tell their spread.")
        return cls(tuple(mean.tolist()), scale)

    def apply(self, points: Points) -> Points:
        """From raw units to model units; arrays and tensors (..., D)."""
        return (points - self._shift(points)) / self.scale

    def invert(self, points: Points) -> Points:
        """From model units back to raw units; arrays and tensors (..., D)."""
        return points * self.scale + self._shift(points)

    def _shift(self, points: Points) -> Points:
        if isinstance(points, Tensor):
            return points.new_tensor(self.shift)
        return np.asarray(self.shift)
