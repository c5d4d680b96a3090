"""What a pane can show: points, trails, arrows, heat, tiles, curve. Plain numpy in, checked at once.

Frames come first in every array, F of them; a layer with F = 1 stands still. A colour is a role that the theme
paints (data, noise, model, exact, warning, text, muted, mark-1 to mark-4, group-1 to group-8) or any CSS colour. A
position that is not finite is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
Bounds = tuple[float, float]


def _numbers(value: Any, name: str, ndim: int, last: int | None = None) -> Numbers:
    """The value as a numeric array of `ndim` axes, its last axis of length `last`; the same object if it is one."""
    array = np.asarray(value)
    if array.ndim != ndim or array.dtype.kind not in "fiub" or (last is not None and array.shape[-1] != last):
        wanted = f"{ndim} axes" if last is None else f"{ndim} axes, the last of length {last}"
        raise ValueError(f"{name} must be numbers in an array of {wanted}, got shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}.")
    return array


class _Layer:
    """Sets checked arrays on a frozen dataclass."""

    def _keep(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class Points(_Layer):
    """Particles that move: one dot each.

    xy: (F, N, 2), data units. groups: (N,) class of each, coloured from a categorical palette. size: radius in
    pixels. follow: whether a click picks one, by its index, in every pane.
    """

    xy: Numbers
    color: str | None = None
    groups: Numbers | None = None
    size: float = 1.6
    opacity: float = 0.8
    follow: bool = True

    def __post_init__(self) -> None:
        self._keep(xy=_numbers(self.xy, "Points.xy", 3, 2))
        if self.groups is not None:
            groups = _numbers(self.groups, "Points.groups", 1)
            if groups.dtype.kind not in "iu" or groups.shape[0] != self.xy.shape[1] or groups.min() < 0:
                raise ValueError(f"Points.groups must be {self.xy.shape[1]} whole numbers from 0, one per point.")
            self._keep(groups=groups)
        if not (self.size > 0 and 0 < self.opacity <= 1):
            raise ValueError(f"Points need size > 0 and 0 < opacity <= 1, got {self.size} and {self.opacity}.")

    @property
    def frames(self) -> int:
        """F."""
        return int(self.xy.shape[0])


@dataclass(frozen=True, eq=False)
class Trails(_Layer):
    """The way each particle came, up to the clock.

    xy: (F, N, 2); give the very array of a `Points` layer and it is sent once. ids: which of the N to draw, all if
    None. length: frames to look back, the whole past if None. width: pixels.
    """

    xy: Numbers
    length: int | None = None
    color: str | None = None
    width: float = 1.0
    ids: Sequence[int] | None = None
    opacity: float = 0.5

    def __post_init__(self) -> None:
        self._keep(xy=_numbers(self.xy, "Trails.xy", 3, 2))
        if self.length is not None and self.length < 1:
            raise ValueError(f"Trails.length must be at least 1 frame, got {self.length}.")
        if self.ids is not None:
            ids = tuple(int(i) for i in self.ids)
            if any(not 0 <= i < self.xy.shape[1] for i in ids):
                raise ValueError(f"Trails.ids must lie between 0 and {self.xy.shape[1] - 1}, got {ids}.")
            self._keep(ids=ids)

    @property
    def frames(self) -> int:
        """F."""
        return int(self.xy.shape[0])


@dataclass(frozen=True, eq=False)
class Arrows(_Layer):
    """A vector field at fixed places.

    origin: (M, 2), data units. vectors: (F, M, 2) or (1, M, 2); an arrow is `scale` times its vector long, in data
    units, from its origin.
    """

    origin: Numbers
    vectors: Numbers
    color: str | None = None
    scale: float = 1.0
    opacity: float = 0.75

    def __post_init__(self) -> None:
        self._keep(
            origin=_numbers(self.origin, "Arrows.origin", 2, 2), vectors=_numbers(self.vectors, "Arrows.vectors", 3, 2)
        )
        if self.vectors.shape[1] != self.origin.shape[0]:
            raise ValueError(f"Arrows need one vector per origin, got {self.vectors.shape[1]} and {len(self.origin)}.")

    @property
    def frames(self) -> int:
        """F."""
        return int(self.vectors.shape[0])


@dataclass(frozen=True, eq=False)
class Heat(_Layer):
    """A scalar field on a regular grid, as 256 shades.

    values: (F, H, W), row 0 at the lowest y, cells filling `extent` (x0, x1, y0, y1), the pane's own if None.
    limits: the values of the palest and the strongest shade; 0 (or the least value, if negative) to the greatest
    if None. "density" fades to nothing at the low end, "error" runs to the warning colour.
    """

    values: Numbers
    extent: tuple[float, float, float, float] | None = None
    palette: Literal["density", "error"] = "density"
    limits: Bounds | None = None
    color: str | None = None

    def __post_init__(self) -> None:
        self._keep(values=_numbers(self.values, "Heat.values", 3))
        if self.palette not in ("density", "error"):
            raise ValueError(f"Heat.palette must be 'density' or 'error', got {self.palette!r}.")
        if self.limits is not None and not self.limits[0] < self.limits[1]:
            raise ValueError(f"Heat.limits must rise, got {self.limits}.")

    @property
    def frames(self) -> int:
        """F."""
        return int(self.values.shape[0])


@dataclass(frozen=True, eq=False)
class Tiles(_Layer):
    """Small pictures in a grid. images: (F, K, H, W) in [0, 1], 0 as paper and 1 as ink; clipped outside."""

    images: Numbers
    columns: int = 4

    def __post_init__(self) -> None:
        self._keep(images=_numbers(self.images, "Tiles.images", 4))
        if self.columns < 1:
            raise ValueError(f"Tiles.columns must be at least 1, got {self.columns}.")

    @property
    def frames(self) -> int:
        """F."""
        return int(self.images.shape[0])


@dataclass(frozen=True, eq=False)
class Curve(_Layer):
    """A small chart that fills its pane, with a cursor that follows the clock.

    x: (n,). lines: label to (n,), or to a pair (m,) of x and y of its own; NaN breaks a line. at: (F,) where the cursor
    stands at each frame, in units of x. bands: label to a pair, low and high, shaded in the colour of the line of that
    label. whiskers: label to half the length of a bar at each point. rules: label to a height, drawn across. dots: mark
    every point, with dashes and shapes that tell lines apart without colour, and tell a point's values under the
    pointer. colors: label to colour, else the categorical palette in order. y_limits: bounds of the y axis, from the
    lines if None.
    """

    x: Numbers
    lines: Mapping[str, Numbers | tuple[Numbers, Numbers]]
    at: Numbers | None = None
    log_x: bool = False
    log_y: bool = False
    x_label: str = ""
    y_label: str = ""
    bands: Mapping[str, tuple[Numbers, Numbers]] | None = None
    colors: Mapping[str, str] = field(default_factory=dict)
    y_limits: Bounds | None = None
    whiskers: Mapping[str, Numbers] = field(default_factory=dict)
    rules: Mapping[str, float] = field(default_factory=dict)
    dots: bool = False

    def __post_init__(self) -> None:
        x = _numbers(self.x, "Curve.x", 1)
        along = {label: _numbers(self.line(label)[0], f"Curve.lines[{label!r}]", 1) for label in self.lines}
        named = [(f"Curve.lines[{k!r}]", k, self.line(k)[1]) for k in self.lines]
        named += [(f"Curve.bands[{k!r}]", k, side) for k, band in (self.bands or {}).items() for side in band]
        named += [(f"Curve.whiskers[{k!r}]", k, bar) for k, bar in self.whiskers.items()]
        for name, label, values in named:
            wanted = along.get(label, x)
            if _numbers(values, name, 1).shape != wanted.shape:
                raise ValueError(f"{name} must have as many values as x, {len(wanted)}, got {len(values)}.")
        if not self.lines:
            raise ValueError("Curve.lines must hold at least one line.")
        astray = [label for label in (*self.whiskers, *(self.bands or {})) if label not in self.lines]
        if astray:
            raise ValueError(f"Curve has no line {astray[0]!r} to draw bars or a band on.")
        self._keep(x=x)
        if self.at is not None:
            self._keep(at=_numbers(self.at, "Curve.at", 1))

    @property
    def frames(self) -> int:
        """F: as many as cursor positions."""
        return 1 if self.at is None else len(self.at)

    def line(self, label: str) -> tuple[Numbers, Numbers]:
        """x and y of a line."""
        found = self.lines[label]
        return found if isinstance(found, tuple) else (self.x, found)


Layer = Points | Trails | Arrows | Heat | Tiles | Curve
