"""Images as tiles of the player."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diffviz.experiments.frames import IMAGE_FRAMES, shown_frames
from diffviz.player import Pane, Tiles
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.digits.path import Pixels, SamplePath

SPREAD = 3.0  # standard deviations from white to black where a picture has signs
Grey = NDArray[np.float32]  # (..., H, W) in [0, 1], 0 as paper and 1 as ink


def ink(images: Pixels) -> Grey:
    """Images (..., 1, H, W) in [-1, 1] as tiles (..., H, W): -1 is paper, 1 is ink."""
    return ((images.squeeze(-3) + 1) / 2).clip(0, 1)


def signed(values: Pixels, spread: float = SPREAD) -> Grey:
    """Numbers around 0, (..., 1, H, W), as tiles: grey is 0, and ±spread are black and white."""
    return (values.squeeze(-3) / (2 * spread) + 0.5).clip(0, 1)


def kept(path: SamplePath) -> list[int]:
    """The nodes of a path that are shown."""
    return list(path.shown) or shown_frames(len(path.t), IMAGE_FRAMES)


def pane(
    images: Array | Grey,
    title: str,
    *,
    note: str = "",
    notes: Sequence[str] | None = None,
    clock: Array | None = None,
    across: int | None = None,
    labels: Sequence[str] = (),
) -> Pane:
    """Tiles (F, K, H, W) as a pane of their own shape, about square unless `across` says how many stand in a row.

    labels: a word in the corner of each, or none.
    """
    across = across or math.ceil(math.sqrt(images.shape[1]))
    down = math.ceil(images.shape[1] / across)
    tiles = Tiles(images, columns=across, labels=labels)
    return Pane([tiles], title=title, note=note, notes=notes, clock=clock, aspect=across / down)


def path_pane(
    path: SamplePath, title: str, note: str = "", across: int | None = None, labels: Sequence[str] = ()
) -> Pane:
    """The states of a run on its clock."""
    nodes = kept(path)
    return pane(ink(path.x[nodes]), title, note=note, clock=path.clock[nodes], across=across, labels=labels)
