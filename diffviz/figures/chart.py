"""A chart as a value: axes with either lines and rules or a matrix. Plain numpy in, checked at once.

A colour is a role of the player's palette (group-1 to group-8, data, noise, model, exact, text, muted). What is not
finite, or not positive on a logarithmic axis, is not drawn.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diffviz.figures.numerals import MINUS

Numbers = NDArray[Any]
Bounds = tuple[float, float]
Marker = Literal["circle", "diamond", "square", "triangle", "inverted triangle", "cross", "pentagon", "star", "hexagon"]
Dash = Literal["solid", "dashed", "dotted", "dash-dotted", "short-dashed", "long-dashed"]

GROUPS = 8  # colours that stand for the lines of a chart, in order
MARGIN = 0.04  # of an axis without limits, beyond its outermost value


def _numbers(value: object, name: str, shape: tuple[int | None, ...]) -> Numbers:
    """The value as an array of numbers of that shape, where None stands for any length but 0."""
    array = np.asarray(value)
    fits = array.ndim == len(shape) and all(n == (wanted or n) for n, wanted in zip(array.shape, shape, strict=True))
    if not fits or not array.size or array.dtype.kind not in "fiu":
        wanted = " × ".join("n" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must be {wanted} numbers, got an array of shape {array.shape}.")
    return array


@dataclass(frozen=True)
class Axis:
    """One axis.

    label: the quantity, with its unit if it has one. limits: what it spans, else all that is drawn. ticks: where its
    numbers stand, else round ones. categories: names instead of numbers, at 0, 1, 2, ...; on the vertical axis the
    first stands on top.
    """

    label: str = ""
    log: bool = False
    limits: Bounds | None = None
    ticks: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.limits is not None and not -np.inf < self.limits[0] < self.limits[1] < np.inf:
            raise ValueError(f"The limits of axis {self.label!r} must rise, got {self.limits}.")
        if self.log and self.categories:
            raise ValueError(f"Axis {self.label!r} has categories, which have no logarithm.")
        if self.log and min([*(self.limits or ()), *self.ticks], default=1.0) <= 0:
            raise ValueError(f"Limits and ticks of the logarithmic axis {self.label!r} must be positive.")

    def span(self, values: Sequence[Numbers]) -> Bounds:
        """What the axis shows: its limits, its categories, or all values that can be drawn with a margin."""
        if self.limits is not None:
            return self.limits
        if self.categories:
            return -0.5, len(self.categories) - 0.5
        flat = np.concatenate([np.ravel(v).astype(float) for v in values]) if values else np.array([])
        flat = flat[np.isfinite(flat) & ((flat > 0) | (not self.log))]
        if not flat.size:
            return (0.1, 1.0) if self.log else (0.0, 1.0)
        ends = np.array([flat.min(), flat.max()])
        if self.log:
            low, high = np.log(ends)
            pad = MARGIN * (high - low) or np.log(2.0)
            return float(np.exp(low - pad)), float(np.exp(high + pad))
        low, high = ends
        pad = MARGIN * (high - low) or 0.5
        return float(low - pad), float(high + pad)


@dataclass(frozen=True, eq=False)
class Series:
    """One line of points.

    x, y: (n,). bars: (n,) half the length of an error bar at each point, NaN for none; along y, or along x where the
    vertical axis has categories. band: (n,) low and high, shaded. marker: the mark at each point, None for no marks.
    dash: how the points are joined, None for not at all. color: a role. Left out ("auto"), marker, dash and color are
    those of the line's place in its chart, so that lines differ in all three.
    """

    label: str
    x: Numbers
    y: Numbers
    bars: Numbers | None = None
    band: tuple[Numbers, Numbers] | None = None
    marker: Marker | Literal["auto"] | None = "auto"
    dash: Dash | Literal["auto"] | None = "auto"
    color: str = "auto"

    def __post_init__(self) -> None:
        x = _numbers(self.x, f"x of {self.label!r}", (None,))
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", _numbers(self.y, f"y of {self.label!r}", x.shape))
        if self.bars is not None:
            object.__setattr__(self, "bars", _numbers(self.bars, f"bars of {self.label!r}", x.shape))
            if (self.bars < 0).any():
                raise ValueError(f"bars of {self.label!r} must not be negative.")
        if self.band is not None:
            low, high = (_numbers(side, f"band of {self.label!r}", x.shape) for side in self.band)
            object.__setattr__(self, "band", (low, high))

    def placed(self, index: int) -> Series:
        """The same with marker, dash and color of the place `index` where they were left out."""
        marker = get_args(Marker)[index % len(get_args(Marker))] if self.marker == "auto" else self.marker
        dash = get_args(Dash)[index % len(get_args(Dash))] if self.dash == "auto" else self.dash
        color = f"group-{index % GROUPS + 1}" if self.color == "auto" else self.color
        return replace(self, marker=marker, dash=dash, color=color)


@dataclass(frozen=True)
class Rule:
    """A line across the chart at a value, with a band of `half` above and below it: a floor, a wanted value."""

    label: str
    at: float
    half: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.at) or not 0 <= self.half < np.inf:
            raise ValueError(f"Rule {self.label!r} must stand at a number, got {self.at} ± {self.half}.")


@dataclass(frozen=True, eq=False)
class Heat:
    """A matrix in colours, its numbers written in the cells.

    label: what is measured. values: (R, C), of the vertical axis' categories by the horizontal ones'. intervals:
    (R, C, 2) low and high of each. digits: behind the point, in the cells. log: whether equal ratios, not equal
    differences, get equal steps of colour.
    """

    label: str
    values: Numbers
    intervals: Numbers | None = None
    digits: int = 0
    log: bool = False

    def __post_init__(self) -> None:
        values = _numbers(self.values, f"values of {self.label!r}", (None, None))
        object.__setattr__(self, "values", values)
        if self.intervals is not None:
            intervals = _numbers(self.intervals, f"intervals of {self.label!r}", (*values.shape, 2))
            object.__setattr__(self, "intervals", intervals)
        if self.log and not (values > 0).all():
            raise ValueError(f"values of {self.label!r} must be positive to be coloured by their logarithm.")

    @property
    def shades(self) -> Numbers:
        """(R, C) in [0, 1]: how dark each cell is."""
        values = np.log(self.values) if self.log else self.values.astype(float)
        spread = np.ptp(values)
        return (values - values.min()) / spread if spread else np.zeros(values.shape)

    def texts(self, row: int, column: int) -> tuple[str, str]:
        """What stands in a cell: the value, and its interval ("" if there is none)."""
        value, *ends = (
            f"{number:z.{self.digits}f}".replace("-", MINUS)
            for number in (self.values[row, column], *(() if self.intervals is None else self.intervals[row, column]))
        )
        return value, f"[{', '.join(ends)}]" if ends else ""


@dataclass(frozen=True, eq=False)
class Chart:
    """What the page and a paper draw alike: series and rules, or one matrix.

    caption: a sentence on what was measured and how. Raises `ValueError` with one sentence if it cannot be drawn.
    """

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...] = ()
    rules: tuple[Rule, ...] = ()
    heat: Heat | None = None
    caption: str = ""

    def __post_init__(self) -> None:
        if (self.heat is None) == (not (self.series or self.rules)):
            raise ValueError(f"Chart {self.title!r} must hold lines or a matrix, and not both.")
        if self.heat is not None and self.heat.values.shape != (len(self.y.categories), len(self.x.categories)):
            raise ValueError(
                f"A matrix of shape {self.heat.values.shape} needs as many categories, "
                f"got {len(self.y.categories)} and {len(self.x.categories)}."
            )
        values = self.x if self.sideways else self.y
        if values.log and any(rule.at <= 0 for rule in self.rules):
            raise ValueError(f"Rules of chart {self.title!r} must be positive on a logarithmic axis.")
        labels = [s.label for s in self.series]
        if len(set(labels)) < len(labels):
            raise ValueError(f"Chart {self.title!r} has two lines of one name: {', '.join(labels)}.")
        object.__setattr__(self, "series", tuple(s.placed(k) for k, s in enumerate(self.series)))

    @property
    def sideways(self) -> bool:
        """Whether values lie along x, names along y: then bars and rules do too."""
        return self.heat is None and bool(self.y.categories)

    @property
    def legend(self) -> bool:
        """Whether lines need their names over the chart: there are several, which do not stand beside their names."""
        return len(self.series) > 1 and not self.sideways

    def names(self, axis: Axis) -> list[str]:
        """The categories of an axis as they stand beside it: of a matrix with what they are values of, as in S = 10."""
        return [f"{axis.label} = {name}" if self.heat and axis.label else name for name in axis.categories]

    def band_of(self, rule: Rule) -> Bounds:
        """The ends of a rule's band, cut where the chart ends: a logarithmic axis never reaches zero."""
        low = self.limits()[0 if self.sideways else 1][0]
        return max(rule.at - rule.half, low), rule.at + rule.half

    def roomier_end(self, rule: Rule) -> Literal["start", "end"]:
        """Where along a rule its name is further from the first or the last points of all lines."""
        height = np.log if self.y.log else np.asarray
        ends = []
        for place in (0, -1):
            heights = np.array([s.y[place] for s in self.series if not self.y.log or s.y[place] > 0], dtype=float)
            ends.append(np.nanmin(np.abs(height(heights) - height(rule.at)), initial=np.inf))
        return "start" if ends[0] >= ends[1] else "end"

    def limits(self) -> tuple[Bounds, Bounds]:
        """What x and y span, with room for bars, bands and rules."""
        x, y = [s.x for s in self.series], [s.y for s in self.series]
        y += [side for s in self.series for side in s.band or ()]
        values = x if self.sideways else y
        for s in self.series:
            if s.bars is not None:
                middle, half = s.x if self.sideways else s.y, np.nan_to_num(s.bars)
                values += [middle - half, middle + half]
        values += [np.array([rule.at - rule.half, rule.at + rule.half]) for rule in self.rules]
        return self.x.span(x), self.y.span(y)

    def csv(self) -> str:
        """All values in full precision as CSV: a row a point, rule or cell, under a head that names the quantities."""
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(self._cells() if self.heat else self._points())
        return written.getvalue()

    def _cells(self) -> Iterator[list[object]]:
        assert self.heat is not None
        intervals = self.heat.intervals
        yield [self.y.label, self.x.label, self.heat.label, *(() if intervals is None else ("low", "high"))]
        for r, c in np.ndindex(self.heat.values.shape):
            ends = () if intervals is None else intervals[r, c].tolist()
            yield [self.y.categories[r], self.x.categories[c], self.heat.values[r, c].item(), *ends]

    def _points(self) -> Iterator[list[object]]:
        yield ["series", self.x.label or "x", self.y.label or "y", "bar", "low", "high"]
        for s in self.series:
            empty = np.full(len(s.x), np.nan)
            rows = (s.x, s.y, empty if s.bars is None else s.bars, *(s.band or (empty, empty)))
            for x, y, *rest in zip(*(row.tolist() for row in rows), strict=True):
                place = [self.x.categories[int(x)] if self.x.categories else x]
                place += [self.y.categories[int(y)] if self.y.categories else y]
                yield [s.label, *place, *("" if np.isnan(v) else v for v in rest)]
        for rule in self.rules:
            yield [rule.label, *((rule.at, "") if self.sideways else ("", rule.at)), rule.half or "", "", ""]
