"""What quality costs: the chart of a sweep, also while it is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.families import place_of
from diffviz.player import Curve, Pane, Scene
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.sweep import SweepResult

SPAN = np.array([1.8, 1150.0])  # network calls, the chart's width


def compose(result: SweepResult, wanted: float) -> Scene:
    """Distance over counted calls, both logarithmic, with error bars, the floor and its band, the wanted distance."""
    floor, label = result.floor, result.config.metric.title
    places = {series.sampler.title: place_of(series.sampler.title) for series in result.series}
    lines: dict[str, tuple[Array, Array]] = {}
    whiskers: dict[str, Array] = {}
    for series in result.series:
        finite = np.isfinite(series.mean)
        if finite.any():
            lines[series.sampler.title] = series.nfe[finite], series.mean[finite]
            whiskers[series.sampler.title] = np.nan_to_num(series.error[finite])
    heights = np.concatenate([[floor.mean, wanted], *(y for _, y in lines.values())])
    low, high = min(0.8 * heights.min(), 0.95 * floor.foot), min(1.2 * heights.max(), 30 * floor.mean)
    curve = Curve(
        SPAN,
        lines or {"measuring": (SPAN, np.full(2, np.nan))},
        log_x=True,
        log_y=True,
        x_label="network calls",
        y_label=label,
        whiskers=whiskers,
        dots=True,
        marks={title: place.member for title, place in places.items() if place},
        colors={title: place.color for title, place in places.items() if place},
        rules={"real against real": floor.mean, "wanted": wanted},
        rule_bands={"real against real": floor.spread},
        y_limits=(float(low), float(high)),
    )
    titles = ", ".join(series.sampler.title for series in result.series)
    description = f"{label} of {titles} over the number of network calls."
    return Scene([Pane([curve], aspect=2.1)], columns=1, autoplay=False, description=description)
