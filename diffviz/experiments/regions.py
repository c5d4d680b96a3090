"""Highest-density regions: the smallest sets that hold a given share of the mass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffviz.protocols import Array


def region_levels(density: Array, shares: Sequence[float]) -> Array:
    """(F, L) the densities on the rims of the regions of highest density that hold `shares` of the mass.

    density: (F, H, W) on a regular grid, whose whole mass counts as 1. shares: L of them, in (0, 1). A region is all of
    the plane where the density is above its level (Hyndman 1996, The American Statistician 50).
    """
    if not all(0 < share < 1 for share in shares):
        raise ValueError(f"Shares of the mass lie between 0 and 1, got {tuple(shares)}.")
    falling = -np.sort(-density.reshape(len(density), -1), axis=1)
    held = np.cumsum(falling, axis=1)
    return np.stack([np.interp(shares, mass / mass[-1], row) for mass, row in zip(held, falling, strict=True)])
