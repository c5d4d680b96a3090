"""Convergence order, measured against the exact flow."""

from __future__ import annotations

from diffviz.experiments.order import OrderConfig, OrderResult, measure_order
from diffviz.figures.order import compose
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS
from diffviz.ui import chart
from diffviz.ui.cache import cached
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddim", "flow-heun", "dpmpp-2m", "dpm-3", "dpmpp-3m")


def draw(page: Page) -> None:
    """Choose, follow the exact flow once, fit."""
    with page.controls:
        problem = setup.choose_problem(page)
        slugs = page.form.several("Samplers", PROBABILITY_FLOW_SAMPLERS, "samplers", DEFAULTS)
        grid = setup.choose_grid(page.shared)
    samplers = tuple(PROBABILITY_FLOW_SAMPLERS[slug]() for slug in slugs)
    with page.figure:
        chart.show(compose(_order(OrderConfig(problem, samplers, grid))), key="order.chart")


@cached("Following the exact flow", usual=5)
def _order(config: OrderConfig) -> OrderResult:
    return measure_order(config)


VIEW = View("order", "Order", "race-order", draw)
