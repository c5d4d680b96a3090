"""Where particles came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Trails(Layer):
    """The way each particle came, up to the clock.

    xy: (F, N, 2); give the very array of a `Points` layer and it is sent once. ids: which of the N to draw, all if
    None. length: frames to look back, the whole past if None. width: pixels.
    """

    kind: ClassVar[str] = "trails"

    xy: Numbers
    length: int | None = None
    color: str | None = None
    width: float = 1.0
    ids: Sequence[int] | None = None
    opacity: float = 0.5

    def __post_init__(self) -> None:
        self._set(xy=checked_array(self.xy, "Trails.xy", 3, 2))
        if self.length is not None and self.length < 1:
            raise ValueError(f"Trails.length must be at least 1 frame, got {self.length}.")
        if self.ids is not None:
            ids = tuple(int(i) for i in self.ids)
            if any(not 0 <= i < self.xy.shape[1] for i in ids):
                raise ValueError(f"Trails.ids must lie between 0 and {self.xy.shape[1] - 1}, got {ids}.")
            self._set(ids=ids)

    @property
    def frames(self) -> int:
        """As many as `xy` has."""
        return int(self.xy.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Positions on the pane's scale."""
        return {
            "xy": blocks.positions(self.xy, extent),
            "count": self.xy.shape[1],
            "ids": self.ids,
            "length": self.length,
            "color": self.color or "noise",
            "width": self.width,
            "opacity": self.opacity,
        }
