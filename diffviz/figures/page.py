"""Charts on the page, drawn by Plotly. Importing this module loads Plotly."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diffviz.figures.chart import Axis, Bounds, Chart, Heat, Numbers, Rule, Series
from diffviz.figures.numerals import COARSE, FINE, POWERS, between, decade_steps, estimate, written
from diffviz.figures.palette import Theme, faded, palette

FONT = "Inter, sans-serif"
HEIGHT, ROW, CELL = 440, 34, 56  # pixels: of a chart of lines, of a name beside a bar, of a row of a matrix
SYMBOLS = {"inverted triangle": "triangle-down", "triangle": "triangle-up", "cross": "x"}  # others are called alike
DASHES = {
    "solid": "solid",
    "dashed": "7px,3px",
    "dotted": "2px,3px",
    "dash-dotted": "9px,3px,2px,3px",
    "short-dashed": "4px,2px",
    "long-dashed": "12px,4px",
}
FORMAT = ",~g"  # of ticks
# How a logarithmic axis writes the round numbers that this format makes long to read.
ROUND = [float(f"{lead}e{power}") for power in (*range(-6, -3), *range(4, 10)) for lead in (1, 2, 5)]
ALIASES = {f"{value:,.6f}".rstrip("0").rstrip("."): written(value) for value in ROUND} | {
    f"{lead}e{power}": written(float(f"{lead}e{power}")) for power in range(-14, -6) for lead in (1, 2, 5)
}


def figure(chart: Chart, theme: Theme = "light", selected: tuple[int, int] | None = None) -> go.Figure:
    """The chart in the colours of a theme, on a transparent ground; as high as it needs, as wide as its place.

    A click on a name in the legend hides its line. Cells of a matrix can be picked: over each stands an invisible mark
    whose customdata is its row and column; the `selected` one is framed.
    """
    colors = palette(theme)
    traces = _matrix(chart, chart.heat, colors) if chart.heat else _lines(chart, colors)
    x, y = chart.limits()
    drawn = go.Figure(
        traces,
        {
            "template": go.layout.Template(),  # else Streamlit's own
            "height": _height(chart),
            "margin": {"l": 8, "r": 8, "t": 26 if chart.sideways and chart.rules else 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 12, "color": colors["text"]},
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": colors["paper"],
                "font": {"family": FONT, "color": colors["text"]},
                "align": "left",
            },
            "showlegend": chart.legend,
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "tracegroupgap": 0,
                "font": {"size": 11},
            },
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colors["muted"], "activecolor": colors["text"]},
            "xaxis": _axis(chart, chart.x, x, colors) | {"tickangle": 0},
            "yaxis": _axis(chart, chart.y, y[::-1] if chart.y.categories else y, colors),
        },
    )
    for place, rule in enumerate(sorted(chart.rules, key=lambda rule: rule.at)):
        _draw_rule(drawn, chart, rule, below=place == 0 and len(chart.rules) > 1, color=colors["text"])
    if selected is not None:
        row, column = selected
        ends = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        drawn.add_shape(type="rect", **ends, line={"color": colors["text"], "width": 2})
    return drawn


def _height(chart: Chart) -> int:
    if chart.heat:
        return 60 + CELL * len(chart.y.categories)
    return 80 + ROW * len(chart.y.categories) if chart.sideways else HEIGHT


def _axis(chart: Chart, axis: Axis, limits: Bounds, colors: dict[str, str]) -> dict[str, object]:
    drawn: dict[str, object] = {
        "type": "log" if axis.log else "linear",
        "range": np.log10(limits).tolist() if axis.log else list(limits),
        "title": {"text": axis.label, "font": {"size": 12, "color": colors["muted"]}, "standoff": 8},
        "tickfont": {"color": colors["muted"]},
        "tickformat": FORMAT,
        "nticks": 8,
        "gridcolor": colors["line"],
        "linecolor": colors["line"],
        "showline": True,
        "zeroline": False,
        "automargin": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "rgba(0,0,0,0)",
        "fixedrange": chart.heat is not None,
    }
    if axis.categories:
        names = {"tickvals": [*range(len(axis.categories))], "ticktext": chart.names(axis)}
        drawn |= {**names, "tickfont": {"color": colors["text"]}, "showgrid": False, "showline": False}
        return drawn | ({"title": None} if chart.heat else {})
    if axis.ticks:
        return drawn | {"tickvals": axis.ticks}
    return drawn | (_log_ticks(limits) if axis.log else {})


def _log_ticks(limits: Bounds) -> dict[str, object]:
    steps = decade_steps(*limits)
    ticks: dict[tuple[float, ...] | None, dict[str, object]] = {
        POWERS: {"dtick": 1},
        COARSE: {"dtick": "D2"},
        FINE: {"tickvals": between(*limits, FINE)},
        None: {"nticks": 5},
    }
    return {"labelalias": ALIASES, **ticks[steps]}


def _lines(chart: Chart, colors: dict[str, str]) -> list[go.Scatter]:
    bands = [_band(s, colors[s.color]) for s in chart.series if s.band is not None]
    return bands + [_line(chart, s, colors[s.color]) for s in chart.series]


def _line(chart: Chart, s: Series, color: str) -> go.Scatter:
    joined = "lines" * (s.dash is not None)
    marked = "markers" * (s.marker is not None)
    bars = {"array": s.bars, "thickness": 1.2, "width": 0, "color": color}
    return go.Scatter(
        name=s.label,
        legendgroup=s.label if s.band is not None else "",
        x=_drawn(s.x, chart.x),
        y=_drawn(s.y, chart.y),
        mode="+".join(filter(None, [joined, marked])),
        line={"color": color, "width": 1.8, "dash": DASHES[s.dash or "solid"]},
        marker={"color": color, "size": 8, "symbol": SYMBOLS.get(s.marker or "", s.marker or "circle")},
        customdata=_said(chart, s),
        hovertemplate="%{customdata}<extra></extra>",
        **({} if s.bars is None else {"error_x" if chart.sideways else "error_y": bars}),
    )


def _band(s: Series, color: str) -> go.Scatter:
    assert s.band is not None
    x, low, high = np.stack([s.x, *s.band])[:, np.isfinite(np.sum(s.band, axis=0))]
    return go.Scatter(
        name=s.label,
        legendgroup=s.label,
        showlegend=False,
        hoverinfo="skip",
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        mode="none",
        fill="toself",
        fillcolor=faded(color, 0.16),
    )


def _drawn(values: Numbers, axis: Axis) -> Numbers:
    """What cannot be drawn as NaN, which breaks the line."""
    return np.where(np.isfinite(values) & ((values > 0) | (not axis.log)), values, np.nan)


def _said(chart: Chart, s: Series) -> list[str]:
    """What each point says under the pointer: its line, and both quantities with their names and bars."""
    bars = [None] * len(s.x) if s.bars is None else s.bars.tolist()
    return [
        f"<b>{s.label}</b><br>{_quantity(chart.x, x, bar if chart.sideways else None)}"
        f"<br>{_quantity(chart.y, y, None if chart.sideways else bar)}"
        for x, y, bar in zip(s.x.tolist(), s.y.tolist(), bars, strict=True)
    ]


def _quantity(axis: Axis, value: float, half: float | None) -> str:
    if axis.categories:
        return axis.categories[int(value)]
    return f"{axis.label or 'value'}: {estimate(value, half)}"


def _draw_rule(drawn: go.Figure, chart: Chart, rule: Rule, below: bool, color: str) -> None:
    """A dashed line from edge to edge and its band; its name over the plot if it stands upright, else at an end."""
    across, along = ("y", "x") if chart.sideways else ("x", "y")
    edges = {f"{across}ref": f"{across} domain", f"{across}0": 0, f"{across}1": 1}
    name = {"text": f"{rule.label} {written(rule.at)}", "font": {"size": 11, "color": color}, "padding": 2}
    upright = {"textposition": "end", "textangle": 0, "xanchor": "left"}
    name |= upright if chart.sideways else {"textposition": chart.roomier_end(rule)}
    drawn.add_shape(
        type="line",
        **edges,
        **{f"{along}0": rule.at, f"{along}1": rule.at},
        line={"color": color, "width": 1, "dash": "4px,4px"},
        opacity=0.75,
        label=name | {"yanchor": "top" if below else "bottom"},
    )
    if rule.half:
        low, high = chart.band_of(rule)
        ends = {f"{along}0": low, f"{along}1": high}
        drawn.add_shape(type="rect", **edges, **ends, fillcolor=faded(color, 0.1), line={"width": 0}, layer="below")


def _matrix(chart: Chart, heat: Heat, colors: dict[str, str]) -> list[go.BaseTraceType]:
    """The cells, what is written in them, and the marks that answer the pointer."""
    places = [*np.ndindex(*heat.values.shape)]
    values, intervals = zip(*(heat.texts(r, c) for r, c in places), strict=True)
    at = {"x": [c for _, c in places], "y": [r for r, _ in places], "showlegend": False}
    ink = {"family": FONT, "color": colors["text"]}
    said = [
        f"{chart.names(chart.y)[r]}, {chart.names(chart.x)[c]}<br>{heat.label}: <b>{value}</b> {interval}"
        for (r, c), value, interval in zip(places, values, intervals, strict=True)
    ]
    shades = [[0, faded(colors["group-1"], 0.04)], [1, faded(colors["group-1"], 0.55)]]
    silent: dict[str, object] = {**at, "mode": "text", "hoverinfo": "skip"}
    above = "middle center" if heat.intervals is None else "top center"
    return [
        go.Heatmap(z=heat.shades, colorscale=shades, showscale=False, xgap=2, ygap=2, hoverinfo="skip"),
        go.Scatter(text=values, textposition=above, textfont=ink | {"size": 13, "weight": 600}, **silent),
        go.Scatter(text=intervals, textposition="bottom center", textfont=ink | {"size": 10}, **silent),
        go.Scatter(
            mode="markers",
            marker={"symbol": "square", "size": CELL - 8, "opacity": 0},
            customdata=places,
            text=said,
            hovertemplate="%{text}<extra></extra>",
            **at,
        ),
    ]
