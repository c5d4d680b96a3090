"""How fast samplers converge: distance from the exact flow over network calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.estimate import format_estimate
from diffviz.experiments.lane import Lane
from diffviz.experiments.order import FITTED, PARTICLES
from diffviz.figures.chart import Axis, Chart, Series
from diffviz.figures.look import looking_like

if TYPE_CHECKING:
    from diffviz.experiments.order import Convergence, OrderResult


def compose(result: OrderResult) -> Chart:
    """Both axes logarithmic, so that the order is the slope of a line; the legend gives it."""
    between = (_off_budget(line, result.config.budgets) for line in result.series)
    return Chart(
        "Distance from the exact flow over network calls",
        Axis("network calls", log=True),
        Axis("median distance from the exact flow", log=True),
        tuple(
            looking_like(line.sampler.title, Series(_with_order(line), line.nfe, line.error)) for line in result.series
        ),
        caption=" ".join(
            [
                f"Median over {PARTICLES} particles in double precision; the slope is fitted to the last {FITTED} "
                f"points that stand clear of the yardstick's own error, {result.reference_error:.1g}. ± is the fit's "
                "standard error.",
                *filter(None, between),
            ]
        ),
    )


def _with_order(line: Convergence) -> str:
    """The sampler with its changed parameters, and its measured order if there is one."""
    title = Lane(line.sampler).title
    return title if np.isnan(line.slope) else f"{title}: order {format_estimate(line.slope, line.slope_error)}"


def _off_budget(line: Convergence, budgets: tuple[int, ...]) -> str:
    """Why points stand beside the budgets, if they do: a sampler makes whole steps."""
    if np.isin(line.nfe, budgets).all():
        return ""
    calls = ", ".join(f"{nfe:,.0f}" for nfe in line.nfe)
    cost = line.sampler.cost
    return f"{Lane(line.sampler).title} asks {cost} times a step, so its points stand at {calls} calls."
