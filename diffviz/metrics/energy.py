"""Energy distance: how much further apart points of different sets are than points of the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from diffviz.metrics.base import Metric, Points, flat
from diffviz.protocols import Array

_ROWS = 512


def energy_distance(x: Points, y: Points) -> float:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| over the points given: never negative, 0 only for the same set.

    x (n, *D), y (m, *D); in units of x. Székely and Rizzo 2013, the definition of the energy distance.
    """
    a, b = flat(x, y)
    return max(0.0, 2 * _mean_distance(a, b) - _mean_distance(a, a) - _mean_distance(b, b))


def _mean_distance(a: Array, b: Array) -> float:
    """Mean of |a_i - b_j| over all pairs, in blocks that fit the cache."""
    others = torch.from_numpy(b)
    mode = "donot_use_mm_for_euclid_dist"
    blocks = torch.split(torch.from_numpy(a), _ROWS)
    return sum(float(torch.cdist(block, others, compute_mode=mode).sum()) for block in blocks) / (len(a) * len(b))


@dataclass(frozen=True)
class EnergyDistance(Metric):
    """How much further apart points of different sets are than points of the same; every pair counts."""

    title: ClassVar[str] = "Energy distance"
    paper: ClassVar[str] = "Székely and Rizzo 2013, the definition of the energy distance"
    latex: ClassVar[str] = r"2\,\mathbb E\|X-Y\|-\mathbb E\|X-X'\|-\mathbb E\|Y-Y'\|"

    def __call__(self, x: Points, y: Points) -> float:
        """The distance between x (n, *D) and y (m, *D), in their units."""
        return energy_distance(x, y)
