"""Small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Tiles(Layer):
    """Small pictures in a grid of `columns`.

    images: (F, K, H, W) in [0, 1], 0 as paper and 1 as ink; clipped. labels: a word in the corner of each, or none.
    """

    kind: ClassVar[str] = "tiles"

    images: Numbers
    columns: int = 4
    labels: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._set(images=checked_array(self.images, "Tiles.images", 4))
        if self.columns < 1:
            raise ValueError(f"Tiles.columns must be at least 1, got {self.columns}.")
        if self.labels and len(self.labels) != self.images.shape[1]:
            raise ValueError(f"Tiles.labels must be {self.images.shape[1]}, one a picture, got {len(self.labels)}.")

    @property
    def frames(self) -> int:
        """As many as `images` has."""
        return int(self.images.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Pixels as 256 shades."""
        return {
            "images": blocks.shades(self.images),
            "columns": self.columns,
            "size": self.images.shape[1:],
            "labels": list(self.labels),
        }
