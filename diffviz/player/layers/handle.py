"""A place that can be dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers, scale
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Handle(Layer):
    """A place that a person drags, moves by keys or sends where they click: one in a scene, in any of its panes.

    xy: (F, 2), data units, where it is at each frame; once it is let go elsewhere the page hears of the place, and of
    the clock's position. leads: (F, H, W, 2) or (1, H, W, 2), for every node of an even grid over the pane's extent,
    row 0 at the lowest y, where a handle there is taken: an arrow shows it, straight between nodes, in the hand too.
    live: whether the page hears of it in the hand already, as often as it answers.
    """

    kind: ClassVar[str] = "handle"

    xy: Numbers
    leads: Numbers | None = None
    color: str | None = None
    live: bool = False

    def __post_init__(self) -> None:
        self._set(xy=checked_array(self.xy, "Handle.xy", 2, 2))
        if self.leads is None:
            return
        self._set(leads=checked_array(self.leads, "Handle.leads", 4, 2))
        if min(self.leads.shape[1:3]) < 2:
            raise ValueError(
                f"Handle.leads needs 2 by 2 nodes or more, got {self.leads.shape[1]} by {self.leads.shape[2]}."
            )
        if len({len(self.leads), len(self.xy)} - {1}) > 1:
            raise ValueError(f"Handle needs as many leads as places, or one, got {len(self.leads)} and {len(self.xy)}.")

    @property
    def frames(self) -> int:
        """As many as `xy` or `leads` has."""
        return max(len(self.xy), 0 if self.leads is None else len(self.leads))

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Places as they are, where they lead on the pane's scale."""
        return {
            "xy": blocks.floats(self._every_frame(self.xy)),
            "leads": None if self.leads is None else blocks.positions(self._every_frame(self.leads), extent),
            "size": None if self.leads is None else self.leads.shape[1:3],
            "extent": extent,
            "unit": scale(extent)[1],
            "color": self.color or "model",
            "live": self.live,
        }

    def _every_frame(self, values: Numbers) -> Numbers:
        """Values (F, ...) or (1, ...) as (F, ...)."""
        return values.repeat(self.frames // len(values), axis=0)
