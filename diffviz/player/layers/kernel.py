"""Points that pull at the handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers, scale
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Kernel(Layer):
    """Points that pull at the pane's handle, with weights that the browser computes while it is dragged.

    xy: (F, N, 2), data units. width: (F,), data units: a point at distance d has a weight in proportion to
    exp(-d² / (2 width²)), drawn as the thickness of its line and the size of its dot. An arrow leads from the handle to
    the weighted mean. Without a `Handle` in the pane nothing is drawn.
    """

    kind: ClassVar[str] = "kernel"

    xy: Numbers
    width: Numbers
    color: str | None = None
    lead: str | None = None

    def __post_init__(self) -> None:
        self._set(xy=checked_array(self.xy, "Kernel.xy", 3, 2), width=checked_array(self.width, "Kernel.width", 1))
        if self.width.shape != self.xy.shape[:1] or not (self.width > 0).all():
            raise ValueError(f"Kernel.width must be a number above 0 for each of the {len(self.xy)} frames.")

    @property
    def frames(self) -> int:
        """As many as `xy` has."""
        return int(self.xy.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Points on the pane's scale, whose step is `unit`."""
        return {
            "xy": blocks.positions(self.xy, extent),
            "count": self.xy.shape[1],
            "width": blocks.floats(self.width),
            "unit": scale(extent)[1],
            "color": self.color or "data",
            "lead": self.lead or "model",
        }
