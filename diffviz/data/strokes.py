"""Line drawings: letters and a smiley, as points spread evenly along strokes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import Choice
from diffviz.data.base import Noise, NoisyCurve
from diffviz.data.curves import Curve, Segments
from diffviz.protocols import Array

Stroke = Array  # (n, 2) corners of a polyline


def line(*corners: tuple[float, float]) -> Stroke:
    """A polyline through the corners (x, y), (n, 2)."""
    return np.array(corners, dtype=float)


def arc(x: float, y: float, width: float, height: float, start: float, end: float) -> Stroke:
    """Part of an ellipse round (x, y) with half axes `width` and `height`, between two angles in degrees."""
    angle = np.radians(np.linspace(start, end, 49))
    return np.stack([x + width * np.cos(angle), y + height * np.sin(angle)], axis=-1)


# A capital stands in a box of width 1 and height 2, its foot at y = 0.
LETTERS: dict[str, tuple[Stroke, ...]] = {
    "A": (line((0, 0), (0.5, 2), (1, 0)), line((0.2, 0.8), (0.8, 0.8))),
    "D": (line((0.3, 0), (0, 0), (0, 2), (0.3, 2)), arc(0.3, 1, 0.7, 1, -90, 90)),
    "E": (line((1, 0), (0, 0), (0, 2), (1, 2)), line((0, 1), (0.8, 1))),
    "I": (line((0.5, 0), (0.5, 2)),),
    "M": (line((0, 0), (0, 2), (0.5, 0.9), (1, 2), (1, 0)),),
    "O": (arc(0.5, 1, 0.5, 1, 0, 360),),
    "P": (line((0, 0), (0, 2), (0.5, 2)), arc(0.5, 1.5, 0.5, 0.5, 90, -90), line((0.5, 1), (0, 1))),
    "S": (arc(0.5, 1.5, 0.5, 0.5, 40, 270), arc(0.5, 0.5, 0.5, 0.5, 90, -140)),
}


@dataclass(frozen=True)
class Drawing(NoisyCurve, ABC):
    """Points spread evenly along strokes, with noise around them."""

    latex: ClassVar[str] = r"x=\gamma(u)+\nu z,\quad\gamma:\text{ the strokes, laid end to end, by length}"

    noise: Noise = 0.03

    @abstractmethod
    def strokes(self) -> tuple[Stroke, ...]:
        """The polylines that points are spread along."""

    def place(self, u: Array, z: Array) -> Array:
        """u[:, 0] is the place along all strokes, laid end to end."""
        starts, steps = self._lines()
        length = np.hypot(*steps.T)
        ends = np.cumsum(length)
        along = u[:, 0] * ends[-1]
        k = np.searchsorted(ends[:-1], along, side="right")
        share = (along - ends[k] + length[k]) / length[k]
        return np.asarray(starts[k] + share[:, None] * steps[k] + self.noise * z)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """All strokes, evenly covered."""
        return (Segments(*self._lines()),)

    def _lines(self) -> tuple[Array, Array]:
        """Starts and steps (S, 2) of the straight lines that the strokes are made of."""
        strokes = self.strokes()
        return np.concatenate([s[:-1] for s in strokes]), np.concatenate([np.diff(s, axis=0) for s in strokes])


@dataclass(frozen=True)
class Letters(Drawing):
    """A short word in capitals."""

    title: ClassVar[str] = "Letters"
    paper: ClassVar[str] = "Drawn for this lab"

    word: Annotated[
        str, Choice({w: w for w in ("SDE", "ODE", "DDPM", "AI", "S")}, label="word", help="What is written.")
    ] = "SDE"

    def strokes(self) -> tuple[Stroke, ...]:
        """The letters side by side, 1.4 apart, about the origin."""
        shift = 0.7 * (len(self.word) - 1) + 0.5
        return tuple(s + np.array([1.4 * i - shift, -1.0]) for i, c in enumerate(self.word) for s in LETTERS[c])


@dataclass(frozen=True)
class Smiley(Drawing):
    """A face: its outline, two eyes and a smile."""

    title: ClassVar[str] = "Smiley"
    paper: ClassVar[str] = "Drawn for this lab"

    def strokes(self) -> tuple[Stroke, ...]:
        """Outline, two eyes and a mouth; the face has radius 1."""
        return (
            arc(0, 0, 1, 1, 0, 360),
            arc(-0.35, 0.3, 0.08, 0.14, 0, 360),
            arc(0.35, 0.3, 0.08, 0.14, 0, 360),
            arc(0, -0.05, 0.55, 0.55, 200, 340),
        )
