"""Lines of equal density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array

_BELOW = 3.0  # nats below the lowest line that are still told apart


@dataclass(frozen=True, eq=False)
class Contours(Layer):
    """Lines along which a density has the same value.

    density: (F, H, W), not negative, as the values of a `Heat`. levels: (F, L) densities above 0 at which lines run in
    each frame, or (1, L) for all. labels: L texts, one a line, which stands on it ("50 %"). The browser gets the
    logarithm, which is nearly a parabola about a peak, so that 256 shades and straight lines between two nodes will do.
    """

    kind: ClassVar[str] = "contours"

    density: Numbers
    levels: Numbers
    labels: Sequence[str]
    extent: Extent | None = None
    color: str | None = None

    def __post_init__(self) -> None:
        density = checked_array(self.density, "Contours.density", 3)
        levels = checked_array(self.levels, "Contours.levels", 2, len(self.labels))
        if min(density.shape[1:]) < 2 or not (np.isfinite(density).all() and density.min() >= 0):
            raise ValueError("Contours.density must be finite and not negative, on 2 by 2 nodes or more.")
        if len(levels) not in (1, len(density)) or not (np.isfinite(levels).all() and levels.min() > 0):
            raise ValueError(f"Contours.levels must be above 0, for each of {len(density)} frames.")
        self._set(density=density, levels=np.broadcast_to(levels, (len(density), levels.shape[1])))

    @property
    def frames(self) -> int:
        """As many as `density` has."""
        return int(self.density.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Logarithms as shades, from somewhat below a frame's lowest line to its peak; the levels on the same scale."""
        levels = np.log(self.levels)
        low = levels.min(axis=1, keepdims=True) - _BELOW
        peak = np.maximum(self.density.max(axis=(1, 2)), self.levels.max(axis=1))
        high = np.log(peak)[:, None]
        with np.errstate(divide="ignore"):
            shades = (np.log(self.density) - low[..., None]) / (high - low)[..., None]
        return {
            "logs": blocks.shades(np.maximum(shades, 0.0)),
            "levels": blocks.floats((levels - low) / (high - low)),
            "labels": list(self.labels),
            "size": self.density.shape[1:],
            "extent": self.extent or extent,
            "color": self.color or "exact",
        }
