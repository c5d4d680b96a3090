"""Charts in print, drawn by matplotlib without pyplot. Importing this module loads matplotlib.

Type is Times-like, of 8 and 9 points, embedded in a PDF as TrueType; the same chart always gives the same bytes.
"""

from __future__ import annotations

import io
import re
from threading import Lock
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as Drawn
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from diffviz.figures.chart import Axis, Bounds, Chart, Heat, Rule, Series
from diffviz.figures.numerals import between, decade_steps, written
from diffviz.figures.palette import palette

Format = Literal["pdf", "svg", "png"]
Width = Literal["column", "page"]

INCHES: dict[Width, float] = {"column": 3.25, "page": 6.75}
DPI = 300
HEIGHT: dict[Width, float] = {"column": 2.5, "page": 3.4}  # inches, of a chart of lines without its legend
SMALL, NORMAL = 8, 9  # points
MARKERS = {
    "circle": "o",
    "diamond": "D",
    "square": "s",
    "triangle": "^",
    "inverted triangle": "v",
    "cross": "X",
    "pentagon": "p",
    "star": "*",
    "hexagon": "h",
}
DASHES: dict[str, Any] = {
    "solid": "-",
    "dashed": (0, (5, 2)),
    "dotted": (0, (1.5, 2)),
    "dash-dotted": (0, (6, 2, 1.5, 2)),
    "short-dashed": (0, (3, 1.5)),
    "long-dashed": (0, (9, 3)),
}
STYLE: Any = {
    "font.family": ["STIXGeneral", "DejaVu Serif"],  # the second has what the first lacks: raised and lowered digits
    "font.size": SMALL,
    "mathtext.fontset": "stix",
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "diffviz",
}
_STYLED = Lock()  # matplotlib's style is one for the process: a figure is drawn under ours, then it is given back
_POWER, _HAT = re.compile("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"), re.compile("(.)\N{COMBINING CIRCUMFLEX ACCENT}")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def render(chart: Chart, format: Format, width: Width = "column") -> bytes:
    """The chart as a file of that format, as wide as a column (3.25 in) or a page (6.75 in) of a paper.

    A PNG has 300 dots an inch. `ValueError` for another format or width.
    """
    if format not in ("pdf", "svg", "png") or width not in INCHES:
        raise ValueError(f"A chart is printed as pdf, svg or png, wide as a column or page, got {format!r}, {width!r}.")
    file = io.BytesIO()
    with _STYLED, matplotlib.rc_context(STYLE):
        _figure(chart, width).savefig(file, format=format, dpi=DPI, metadata=_metadata(chart, format))
    return file.getvalue()


def _metadata(chart: Chart, format: Format) -> dict[str, str | None]:
    """Title and caption, and no date."""
    named: dict[str, dict[str, str | None]] = {
        "pdf": {"Title": chart.title, "Subject": chart.caption, "CreationDate": None},
        "svg": {"Title": chart.title, "Description": chart.caption or None, "Date": None},
        "png": {"Title": chart.title, "Description": chart.caption, "Software": None},
    }
    return named[format]


def _figure(chart: Chart, width: Width) -> Figure:
    colors = palette("light")
    inches = INCHES[width]
    columns = _legend_columns(chart, inches)
    height = _height(chart, width) + (0.16 * -(-len(chart.series) // columns) + 0.08 if columns else 0)
    figure = Figure(figsize=(inches, height), layout="constrained")
    axes = figure.add_subplot()
    x, y = chart.limits()
    scales = ["log" if axis.log else "linear" for axis in (chart.x, chart.y)]
    axes.set(xscale=scales[0], yscale=scales[1], xlim=x, ylim=y[::-1] if chart.y.categories else y)
    _label(axes.xaxis, chart, chart.x, x)
    _label(axes.yaxis, chart, chart.y, y)
    axes.set_axisbelow(True)
    if chart.heat:
        _draw_matrix(axes, chart.heat, colors, SMALL if width == "page" else SMALL - 1)
    else:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x" if chart.sideways else "both", color=colors["line"], linewidth=0.5)
    for s in chart.series:
        _draw_line(axes, chart, s, colors[s.color])
    for place, rule in enumerate(sorted(chart.rules, key=lambda rule: rule.at)):
        _draw_rule(axes, chart, rule, below=place == 0 and len(chart.rules) > 1)
    if columns:
        figure.legend(
            loc="outside upper left", ncols=columns, frameon=False, fontsize=SMALL, borderpad=0, handlelength=2.6
        )
    return figure


def _height(chart: Chart, width: Width) -> float:
    rows = len(chart.y.categories)
    if chart.heat:
        return 0.5 + 0.36 * rows
    return 0.55 + 0.2 * rows if chart.sideways else HEIGHT[width]


def _legend_columns(chart: Chart, inches: float) -> int:
    """How many names stand side by side over the chart; none where they stand beside it."""
    if not chart.legend:
        return 0
    longest = max(len(s.label) for s in chart.series)
    return max(1, min(len(chart.series), int(inches / (0.5 + 0.055 * longest))))


def _label(drawn: Drawn, chart: Chart, axis: Axis, limits: Bounds) -> None:
    """The quantity, and numbers where they are round."""
    drawn.set_label_text("" if chart.heat else _typeset(axis.label), fontsize=NORMAL)
    drawn.set_tick_params(labelsize=SMALL, width=0.6, length=0 if axis.categories else 2.5)
    if axis.categories:
        drawn.set_ticks(range(len(axis.categories)), labels=[*map(_typeset, chart.names(axis))])
        return
    steps = decade_steps(*limits) if axis.log else None
    drawn.set_minor_locator(NullLocator())
    if axis.ticks:
        drawn.set_major_locator(FixedLocator(axis.ticks))
    elif steps:
        drawn.set_major_locator(FixedLocator(between(*limits, steps)))
    else:
        drawn.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    drawn.set_major_formatter(FuncFormatter(lambda value, _: _typeset(written(value, 6))))


def _typeset(text: str) -> str:
    """Powers of ten and hats in mathematical type, which sets them right."""
    text = _HAT.sub(lambda hat: rf"$\hat{{{hat[1]}}}$", text)
    return _POWER.sub(lambda power: f"$10^{{{power[1].translate(_LOWERED)}}}$", text)


def _draw_line(axes: Axes, chart: Chart, s: Series, color: str) -> None:
    bars = None if s.bars is None else np.nan_to_num(s.bars)
    x, y = s.x.astype(float), s.y.astype(float)
    axes.errorbar(
        np.where(np.isfinite(x), x, np.nan),
        np.where(np.isfinite(y), y, np.nan),
        xerr=bars if chart.sideways else None,
        yerr=None if chart.sideways else bars,
        label=_typeset(s.label),
        color=color,
        marker=MARKERS[s.marker] if s.marker else "none",
        linestyle=DASHES[s.dash] if s.dash else "none",
        markersize=4.5 if s.marker == "star" else 3.2,
        linewidth=1.0,
        elinewidth=0.8,
    )
    if s.band is not None:
        axes.fill_between(s.x, *s.band, color=color, alpha=0.16, linewidth=0)


def _draw_rule(axes: Axes, chart: Chart, rule: Rule, below: bool) -> None:
    """A dashed line and its band; its name over the plot if it stands upright, else at an end."""
    text = _typeset(f"{rule.label} {written(rule.at)}")
    line: dict[str, Any] = {"color": "black", "linewidth": 0.7, "linestyle": (0, (4, 3))}
    band: dict[str, Any] = {"color": "black", "alpha": 0.08, "linewidth": 0}
    name: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALL - 1}
    if chart.sideways:
        axes.axvline(rule.at, **line)
        axes.axvspan(*chart.band_of(rule), **band)
        side = "left" if (axes.transScale + axes.transLimits).transform((rule.at, 0))[0] < 0.5 else "right"
        axes.annotate(text, (rule.at, 1), (0, 2), xycoords=("data", "axes fraction"), ha=side, **name)
    else:
        axes.axhline(rule.at, **line)
        axes.axhspan(*chart.band_of(rule), **band)
        start = chart.roomier_end(rule) == "start"
        beside = (3 if start else -3, -2 if below else 2)
        align: dict[str, Any] = {"ha": "left" if start else "right", "va": "top" if below else "bottom"}
        end = (0 if start else 1, rule.at)
        axes.annotate(text, end, beside, xycoords=("axes fraction", "data"), **name, **align)


def _draw_matrix(axes: Axes, heat: Heat, colors: dict[str, str], size: float) -> None:
    shades = LinearSegmentedColormap.from_list("shades", ["white", colors["group-1"]])
    axes.imshow(heat.shades, cmap=shades, vmin=0, vmax=1 / 0.55, aspect="auto")
    axes.spines[:].set_visible(False)
    rows, columns = heat.values.shape
    for edge in np.arange(1, rows) - 0.5:
        axes.axhline(edge, color="white", linewidth=1.5)
    for edge in np.arange(1, columns) - 0.5:
        axes.axvline(edge, color="white", linewidth=1.5)
    for r, c in np.ndindex(rows, columns):
        value, interval = heat.texts(r, c)
        axes.annotate(
            value,
            (c, r),
            (0, 1 if interval else 0),
            textcoords="offset points",
            ha="center",
            fontsize=size + 1,
            va="bottom" if interval else "center",
        )
        axes.annotate(interval, (c, r), (0, -1), textcoords="offset points", ha="center", va="top", fontsize=size - 1)
