"""Lines around the regions of highest density, the same shares of the mass in every picture."""

from __future__ import annotations

from diffviz.experiments.regions import region_levels
from diffviz.player import Contours
from diffviz.player.blocks import Extent
from diffviz.protocols import Array

SHARES = (0.5, 0.8, 0.95)


def region_lines(density: Array, extent: Extent | None = None, color: str = "exact") -> Contours:
    """The lines that enclose SHARES of the mass of `density` (F, H, W), which need not sum to 1."""
    labels = [f"{100 * share:.0f} %" for share in SHARES]
    return Contours(density, region_levels(density, SHARES), labels, extent, color)
