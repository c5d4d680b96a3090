"""Images as tiles of the player."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from torch import Tensor

from diffviz.experiments.clock import clock_positions as clock
from diffviz.player import Pane, Tiles
from diffviz.protocols import Array, Schedule
from diffviz.trajectory import Trajectory

FRAMES = 26  # of a moving pane at most: enough to look smooth, little enough to send
SPREAD = 3.0  # standard deviations from white to black where a picture has signs


def ink(images: Tensor) -> Array:
    """Images (..., 1, H, W) in [-1, 1] as tiles (..., H, W): -1 is paper, 1 is ink."""
    return np.asarray(images.squeeze(-3).add(1).div(2).clamp(0, 1).numpy(), dtype=np.float32)


def signed(values: Tensor, spread: float = SPREAD) -> Array:
    """Numbers around 0, (..., 1, H, W), as tiles: grey is 0, and ±spread are black and white."""
    return np.asarray(values.squeeze(-3).div(2 * spread).add(0.5).clamp(0, 1).numpy(), dtype=np.float32)


def chosen(count: int, most: int = FRAMES) -> list[int]:
    """Which of `count` frames are shown: all, or `most` of them, evenly, with both ends."""
    return list(dict.fromkeys(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


def columns(count: int) -> int:
    """Of a grid that is about square."""
    return math.ceil(math.sqrt(count))


def pane(
    images: Array,
    title: str,
    *,
    note: str = "",
    notes: Sequence[str] | None = None,
    clock: Array | None = None,
    across: int | None = None,
    smooth: bool = True,
) -> Pane:
    """Tiles (F, K, H, W) as a pane of their own shape."""
    across = across or columns(images.shape[1])
    down = math.ceil(images.shape[1] / across)
    return Pane(
        [Tiles(images, columns=across)],
        title=title,
        note=note,
        notes=notes,
        clock=clock,
        aspect=across / down,
        smooth=smooth,
    )


def path_pane(run: Trajectory, schedule: Schedule, title: str, note: str = "", across: int | None = None) -> Pane:
    """The states of a run from noise to images, on the schedule's clock."""
    kept = chosen(len(run.t))
    return pane(ink(run.x[kept]), title, note=note, clock=clock(run.t, schedule)[kept], across=across)
