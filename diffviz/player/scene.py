"""A scene: panes side by side on one clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from diffviz.player.blocks import Blocks, Extent, Numbers, scale
from diffviz.player.layers import Layer, Part
from diffviz.player.page import FRAME_WIDTH, notebook_frame
from diffviz.player.payload import pack
from diffviz.properties import cached_property

# Pixels, as player.css and page.css have them: a picture at its widest, the gap between two, a chart at its lowest, the
# caption of a picture with the gap below, the controls, the margin of the page in a frame.
_PICTURE, _GAP, _CHART, _CAPTION, _CONTROLS, _PADDING = 544, 20, 240, 60, 88, 8


@dataclass(frozen=True, eq=False)
class Pane:
    """One picture: layers drawn in order, under a title.

    extent: (x0, x1, y0, y1), data units, shown whole and undistorted, or `stretched` to the frame where x and y are
    different quantities. clock: (F,) where this pane's frames lie on the common clock, rising in [0, 1], evenly spread
    if None. notes: small text under the title, one a frame, in place of `note`. aspect: width over height. smooth: move
    linearly between frames, else hold each until the next. outcome: ends the note, but only once the clock has arrived.
    fixed: a drawing that is nothing without one of its layers: the buttons that show and hide layers leave it alone.
    """

    layers: Sequence[Layer]
    title: str = ""
    note: str = ""
    extent: Extent = (-3.0, 3.0, -3.0, 3.0)
    clock: Numbers | None = None
    notes: Sequence[str] | None = None
    aspect: float = 1.0
    stretched: bool = False
    smooth: bool = True
    outcome: str = ""
    fixed: bool = False

    def __post_init__(self) -> None:
        name = f"Pane {self.title!r}"
        if not self.layers:
            raise ValueError(f"{name} needs at least one layer.")
        if self.filled and len(self.layers) > 1:
            filling = next(type(layer).__name__ for layer in self.layers if layer.fills_pane)
            raise ValueError(f"{name} holds a {filling}, which fills a pane on its own, beside other layers.")
        counts = {layer.frames for layer in self.layers} - {1}
        if len(counts) > 1:
            raise ValueError(
                f"{name} has layers of {' and '.join(map(str, sorted(counts)))} frames; give 1 or the same."
            )
        x0, x1, y0, y1 = self.extent
        if not (np.isfinite(self.extent).all() and x0 < x1 and y0 < y1):
            raise ValueError(f"{name} needs an extent (x0, x1, y0, y1) that rises, got {self.extent}.")
        if not self.aspect > 0:
            raise ValueError(f"{name} needs an aspect above 0, got {self.aspect}.")
        if self.notes is not None and len(self.notes) != self.frames:
            raise ValueError(f"{name} needs one note a frame, {self.frames}, got {len(self.notes)}.")
        if self.clock is not None:
            clock = np.asarray(self.clock, dtype=float)
            if clock.shape != (self.frames,) or not ((np.diff(clock) >= 0).all() and 0 <= clock[0] <= clock[-1] <= 1):
                raise ValueError(f"{name} needs a clock of {self.frames} positions that rise within [0, 1].")
            object.__setattr__(self, "clock", clock)

    @property
    def frames(self) -> int:
        """Number of frames of its moving layers, F; 1 if all stand still."""
        return max(layer.frames for layer in self.layers)

    @property
    def filled(self) -> bool:
        """Whether a layer takes the pane to itself and draws its own axes."""
        return any(layer.fills_pane for layer in self.layers)

    def encode(self, blocks: Blocks) -> dict[str, Any]:
        """The header's entry of the pane, the arrays of its layers as references to `blocks`."""
        center, step = scale(self.extent)
        clock = np.linspace(0, 1, self.frames) if self.clock is None else self.clock
        return {
            "title": self.title,
            "note": self.note,
            "outcome": self.outcome,
            "notes": None if self.notes is None else list(self.notes),
            "extent": self.extent,
            "center": center,
            "step": step,
            "frames": self.frames,
            "clock": [round(float(c), 6) for c in clock],
            "aspect": self.aspect,
            "stretched": self.stretched,
            "smooth": self.smooth,
            "fixed": self.fixed,
            "filled": self.filled,
            "layers": [
                {"kind": layer.kind, "part": layer.part, "frames": layer.frames, **layer.encode(blocks, self.extent)}
                for layer in self.layers
            ],
        }


@dataclass(frozen=True)
class Question:
    """Which pane will it be? It is open until the clock arrives, and takes a guess by a click on a pane.

    right: the panes that are a right answer, by their places. answer: a sentence that says so.
    """

    text: str
    right: tuple[int, ...]
    answer: str


@dataclass(frozen=True, eq=False)
class Scene:
    """Panes in a grid of `columns` on one clock of `seconds`.

    clock_values: numbers shown for the clock as it runs from first to last, interpolated, under the name
    `clock_label`; None shows none. clock_holds: show each number until the next instead, where nothing is known between
    two frames. marks: particles followed from the start, each in a strong colour of its own with its trail. question:
    asked until the clock arrives; for another one the clock starts over. hidden: parts that are not shown until they
    are asked for. description: what the picture shows, for those who cannot see it.
    """

    panes: Sequence[Pane]
    columns: int = 3
    clock_values: Sequence[float] | Numbers | None = None
    clock_label: str = "t"
    clock_holds: bool = False
    seconds: float = 6.0
    autoplay: bool = True
    loop: bool = True
    marks: Sequence[int] = ()
    question: Question | None = None
    hidden: Sequence[Part] = ()
    description: str = ""

    def __post_init__(self) -> None:
        if not self.panes:
            raise ValueError("A scene needs at least one pane.")
        if self.columns < 1:
            raise ValueError(f"A scene needs at least 1 column, got {self.columns}.")
        if not self.seconds > 0:
            raise ValueError(f"A scene must last longer than 0 seconds, got {self.seconds}.")
        if any(mark < 0 for mark in self.marks):
            raise ValueError(f"Marks are particle indices from 0, got {tuple(self.marks)}.")
        if self.question is not None and not set(self.question.right) <= set(range(len(self.panes))):
            raise ValueError(f"A question's right answers are panes from 0, got {self.question.right}.")
        if self.clock_values is not None:
            values = np.asarray(self.clock_values, dtype=float)
            if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
                raise ValueError("clock_values must be two finite numbers or more.")
            object.__setattr__(self, "clock_values", values)

    def payload(self) -> bytes:
        """What the browser draws from; `diffviz.player.payload` describes the format. It is encoded once."""
        return self._payload

    @cached_property
    def _payload(self) -> bytes:
        blocks = Blocks()
        values = None if self.clock_values is None else [round(float(v), 6) for v in self.clock_values]
        header = {
            "panes": [pane.encode(blocks) for pane in self.panes],
            "columns": self.columns,
            "clock": {"values": values, "label": self.clock_label, "holds": self.clock_holds},
            "seconds": self.seconds,
            "autoplay": self.autoplay,
            "loop": self.loop,
            "marks": [int(mark) for mark in self.marks],
            "question": None if self.question is None else asdict(self.question),
            "hidden": list(self.hidden),
            "description": self.description,
        }
        return pack(header, blocks)

    def _repr_html_(self) -> str:
        """The offline player in a frame, which is how a notebook shows a scene."""
        return notebook_frame(self.payload(), self.description or "Animation", self._frame_height())

    def _frame_height(self) -> int:
        """Pixels it takes in a frame of full width: the rows of pictures with their captions, then the controls."""
        columns = min(self.columns, len(self.panes))
        widest = columns * (_PICTURE * max(pane.aspect for pane in self.panes) + _GAP)
        width = (min(FRAME_WIDTH - 2 * _PADDING, widest) - _GAP * (columns - 1)) / columns
        heights = [max(width / pane.aspect, _CHART if pane.filled else 0) for pane in self.panes]
        rows = [max(heights[first : first + columns]) for first in range(0, len(heights), columns)]
        return math.ceil(sum(rows) + _CAPTION * len(rows) + _CONTROLS + 2 * _PADDING)
