"""A scalar field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Heat(Layer):
    """A heat map: a scalar field on a regular grid, as 256 shades.

    values: (F, H, W), row 0 at the lowest y, cells filling `extent` (x0, x1, y0, y1), the pane's own if None.
    limits: the values of the palest and the strongest shade; 0 (or the least value, if negative) to the greatest
    if None. "density" fades to nothing at the low end, "error" runs to the warning colour.
    """

    kind: ClassVar[str] = "heat"

    values: Numbers
    extent: Extent | None = None
    palette: Literal["density", "error"] = "density"
    limits: tuple[float, float] | None = None
    color: str | None = None

    def __post_init__(self) -> None:
        self._set(values=checked_array(self.values, "Heat.values", 3))
        if self.palette not in ("density", "error"):
            raise ValueError(f"Heat.palette must be 'density' or 'error', got {self.palette!r}.")
        if self.limits is not None and not self.limits[0] < self.limits[1]:
            raise ValueError(f"Heat.limits must rise, got {self.limits}.")

    @property
    def frames(self) -> int:
        """As many as `values` has."""
        return int(self.values.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Shades linear between the limits."""
        finite = self.values[np.isfinite(self.values)]
        low, high = self.limits or (min(0.0, finite.min(initial=0.0)), finite.max(initial=0.0))
        return {
            "values": blocks.shades((self.values - low) / max(high - low, 1e-12)),
            "size": self.values.shape[1:],
            "extent": self.extent or extent,
            "palette": self.palette,
            "color": self.color,
        }
