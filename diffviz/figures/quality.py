"""What quality costs: distance to the data over network calls, once it is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.problem import SIZE
from diffviz.figures.chart import Axis, Chart, Rule, Series
from diffviz.figures.floor import band_caption, floor_rule
from diffviz.figures.look import looking_like

if TYPE_CHECKING:
    from diffviz.experiments.sweep import SweepResult

CALLS = (1.8, 1150.0)
HIGHEST = 30.0  # times the floor: what is further from the data lies above the chart
BARS = "Bars and ±: standard error of the mean over four repeats, each with its own noise."


def compose(result: SweepResult, wanted: float) -> Chart:
    """Both axes logarithmic, with error bars, the floor and the wanted distance."""
    floor, metric = result.floor, result.config.metric.title
    lines = []
    for s in result.series:
        finite = np.isfinite(s.mean)
        if finite.any():
            line = Series(s.sampler.title, s.nfe[finite], s.mean[finite], np.nan_to_num(s.error[finite]))
            lines.append(looking_like(s.sampler.title, line))
    heights = np.concatenate([[floor.mean, wanted], *(line.y for line in lines)])
    low, high = min(0.8 * heights.min(), 0.95 * floor.foot), min(1.2 * heights.max(), HIGHEST * floor.mean)
    return Chart(
        f"{metric} to the data over network calls",
        Axis("network calls", log=True, limits=CALLS),
        Axis(metric, log=True, limits=(float(low), float(high))),
        tuple(lines),
        (floor_rule(floor), Rule("wanted", wanted)),
        caption=" ".join([f"{result.total} cells of {SIZE:,} particles.", BARS, band_caption(floor), *result.faults]),
    )
