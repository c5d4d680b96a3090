"""Bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Bars(Layer):
    """A bar for each of a few named things, as high as it is at the clock; it takes a pane to itself.

    heights: (F, K), from 0. labels: K names below. x_label, y_label: what they name, and what the heights are. marks:
    (K,) where each bar should end, as a tick across it. top: where the scale ends, a little above the highest bar or
    mark if None.
    """

    kind: ClassVar[str] = "bars"
    fills_pane: ClassVar[bool] = True

    heights: Numbers
    labels: Sequence[str]
    x_label: str = ""
    y_label: str = ""
    marks: Numbers | None = None
    color: str | None = None
    top: float | None = None

    def __post_init__(self) -> None:
        self._set(heights=checked_array(self.heights, "Bars.heights", 2))
        count = self.heights.shape[1]
        if len(self.labels) != count:
            raise ValueError(f"Bars needs a label for each of {count} bars, got {len(self.labels)}.")
        if self.marks is not None and checked_array(self.marks, "Bars.marks", 1).shape != (count,):
            raise ValueError(f"Bars.marks must be {count} numbers, one a bar, got {len(self.marks)}.")

    @property
    def frames(self) -> int:
        """As many as `heights` has."""
        return int(self.heights.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Float32 in the chart's own units, which the browser scales."""
        most = max(float(self.heights.max()), 0.0 if self.marks is None else float(np.max(self.marks)))
        return {
            "heights": blocks.floats(self.heights),
            "marks": None if self.marks is None else blocks.floats(self.marks),
            "labels": list(self.labels),
            "names": [self.x_label, self.y_label],
            "top": self.top or 1.1 * most or 1.0,
            "color": self.color or "model",
        }
