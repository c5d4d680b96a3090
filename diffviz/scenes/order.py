"""The order of convergence: distance from the exact flow over calls; the legend tells the slopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Curve, Pane, Scene

if TYPE_CHECKING:
    from diffviz.experiments.order import Convergence, OrderResult


def compose(result: OrderResult) -> Scene:
    """Error over calls, both logarithmic."""
    budgets = result.config.budgets
    lines = {label(series): (series.nfe, series.error) for series in result.series}
    curve = Curve(
        np.array([0.8 * budgets[0], 1.2 * budgets[-1]]),
        lines,
        log_x=True,
        log_y=True,
        x_label="network calls",
        y_label="median distance from the exact flow",
        dots=True,
    )
    description = "Distance from the exact flow over network calls: " + ", ".join(lines)
    return Scene([Pane([curve], aspect=2.1)], columns=1, autoplay=False, description=description)


def label(series: Convergence) -> str:
    """The sampler, and its measured order if there is one."""
    title = series.sampler.title
    return title if np.isnan(series.slope) else f"{title}: order {series.slope:.2f} ± {series.slope_error:.2f}"
