"""The contract of a layer: checked arrays that know how to encode themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from diffviz.player.blocks import Blocks, Extent, Numbers

Part = Literal["points", "data", "trails", "heat", "contours", "arrows"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer(ABC):
    """One thing that a pane shows: a frozen dataclass of plain numpy arrays, checked when built.

    Beside the Python file of a kind stands a JavaScript file of the same name, which calls `registerLayer(kind, ...)`
    with what draws it. Frames come first in every array, F of them; a layer with F = 1 stands still. A colour is a
    role that the theme paints (data, noise, model, exact, warning, text, muted, mark-1 to mark-4, group-1 to group-8)
    or any CSS colour. A position that is not finite is not drawn.

    part: with which layers it is shown and hidden by the player's buttons; with its own kind if None. Kinds that are no
    part are always shown.
    """

    part: Part | None = None
    kind: ClassVar[str]  # the slug in the catalogue, in the payload and in the browser
    fills_pane: ClassVar[bool] = False  # draws its own axes and takes a pane to itself

    @property
    @abstractmethod
    def frames(self) -> int:
        """Number of frames, F."""

    @abstractmethod
    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """The header's entry of the layer, its arrays as references to `blocks`.

        extent: (x0, x1, y0, y1) of the pane, on whose scale positions are stored. A layer that answers a true `follow`
        also answers `xy` and `count`: a click in its pane picks one of its particles.
        """

    def _set(self, **values: Any) -> None:
        """Set fields of the frozen dataclass to their checked values, while it is built."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def checked_array(value: Any, name: str, ndim: int, last: int | None = None) -> Numbers:
    """The value as a numeric array of `ndim` axes, its last axis of length `last`; the same object if it is one.

    Raises ValueError with a sentence that names it if it is not, or is empty.
    """
    array = np.asarray(value)
    if array.ndim != ndim or array.dtype.kind not in "fiub" or (last is not None and array.shape[-1] != last):
        wanted = f"{ndim} axes" if last is None else f"{ndim} axes, the last of length {last}"
        raise ValueError(f"{name} must be numbers in an array of {wanted}, got shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}.")
    return array
