"""A line through points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Lines(Layer):
    """A line through its points in order, broken at a point that is not finite. xy: (F, N, 2), data units."""

    kind: ClassVar[str] = "lines"

    xy: Numbers
    color: str | None = None
    width: float = 1.8
    opacity: float = 1.0

    def __post_init__(self) -> None:
        self._set(xy=checked_array(self.xy, "Lines.xy", 3, 2))

    @property
    def frames(self) -> int:
        """As many as `xy` has."""
        return int(self.xy.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Points on the pane's scale."""
        return {
            "xy": blocks.positions(self.xy, extent),
            "count": self.xy.shape[1],
            "color": self.color or "data",
            "width": self.width,
            "opacity": self.opacity,
        }
