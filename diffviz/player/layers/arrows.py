"""A vector field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from diffviz.player.blocks import TOP, Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Arrows(Layer):
    """A vector field, at fixed places or moving ones.

    origin: (M, 2) or (F, M, 2), data units. vectors: (F, M, 2) or (1, M, 2); an arrow is `scale` times its vector long,
    in data units, from its origin.
    """

    kind: ClassVar[str] = "arrows"

    origin: Numbers
    vectors: Numbers
    color: str | None = None
    scale: float = 1.0
    opacity: float = 0.75

    def __post_init__(self) -> None:
        self._set(
            origin=checked_array(self.origin, "Arrows.origin", 3 if np.ndim(self.origin) == 3 else 2, 2),
            vectors=checked_array(self.vectors, "Arrows.vectors", 3, 2),
        )
        if self.vectors.shape[1] != (origins := self.origin.shape[-2]):
            raise ValueError(f"Arrows need one vector per origin, got {self.vectors.shape[1]} and {origins}.")
        if self.origin.ndim == 3 and len(self.origin) != len(self.vectors):
            raise ValueError(
                f"Arrows that move need vectors in each frame, got {len(self.vectors)} for {len(self.origin)} frames."
            )

    @property
    def frames(self) -> int:
        """As many as `vectors` has."""
        return int(self.vectors.shape[0])

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Origins on the pane's scale, vectors on their own: the longest component uses all of Int16."""
        reach = np.abs(self.vectors[np.isfinite(self.vectors)]).max(initial=1e-12)
        step = reach / TOP
        return {
            "origin": blocks.positions(self.origin, extent),
            "count": self.origin.shape[-2],
            "moving": self.origin.ndim == 3,
            "vectors": blocks.vectors(self.vectors, step),
            "step": float(step),
            "color": self.color or "text",
            "scale": self.scale,
            "opacity": self.opacity,
        }
