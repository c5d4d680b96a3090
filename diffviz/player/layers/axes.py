"""The axes of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from diffviz.player.blocks import Blocks, Extent
from diffviz.player.layers.base import Layer


@dataclass(frozen=True, eq=False)
class Axes(Layer):
    """Two axes with names, ticks and numbers, left of and below a rectangle of the pane.

    inside: the rectangle (x0, x1, y0, y1) in the pane's units; the pane's extent must leave room for the numbers around
    it. x, y: the values that stand at its left and right, and at its bottom and top; None where these are the pane's
    units themselves.
    """

    kind: ClassVar[str] = "axes"

    inside: Extent
    x_label: str
    y_label: str
    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        x0, x1, y0, y1 = self.inside
        for name, (low, high) in {"x": self.x or (x0, x1), "y": self.y or (y0, y1)}.items():
            if not (np.isfinite([low, high]).all() and low < high):
                raise ValueError(f"Axes.{name} must rise, got {(low, high)}.")

    @property
    def frames(self) -> int:
        """1: axes stand still."""
        return 1

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """The rectangle, and the values at its ends."""
        x0, x1, y0, y1 = self.inside
        return {
            "inside": self.inside,
            "values": blocks.floats(np.array([*(self.x or (x0, x1)), *(self.y or (y0, y1))])),
            "labels": [self.x_label, self.y_label],
        }
