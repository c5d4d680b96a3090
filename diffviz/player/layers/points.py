"""Particles that move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Points(Layer):
    """Particles that move: one dot each.

    xy: (F, N, 2), data units. groups: (N,) class of each, coloured from a categorical palette. size: radius in
    pixels. follow: whether a click picks one, by its index, in every pane.
    """

    kind: ClassVar[str] = "points"

    xy: Numbers
    color: str | None = None
    groups: Numbers | None = None
    size: float = 1.6
    opacity: float = 0.8
    follow: bool = True

    def __post_init__(self) -> None:
        self._set(xy=checked_array(self.xy, "Points.xy", 3, 2))
        if self.groups is not None:
            groups = checked_array(self.groups, "Points.groups", 1)
            if groups.dtype.kind not in "iu" or groups.shape[0] != self.xy.shape[1] or groups.min() < 0:
                raise ValueError(f"Points.groups must be {self.xy.shape[1]} whole numbers from 0, one per point.")
            self._set(groups=groups)
        if not (self.size > 0 and 0 < self.opacity <= 1):
            raise ValueError(f"Points need size > 0 and 0 < opacity <= 1, got {self.size} and {self.opacity}.")

    @property
    def frames(self) -> int:
        """As many as `xy` has."""
        return int(self.xy.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Positions on the pane's scale, classes as bytes."""
        return {
            "xy": blocks.positions(self.xy, extent),
            "count": self.xy.shape[1],
            "groups": None if self.groups is None else blocks.classes(self.groups),
            "color": self.color or "data",
            "size": self.size,
            "opacity": self.opacity,
            "follow": self.follow,
        }
