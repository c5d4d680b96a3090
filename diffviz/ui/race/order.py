"""Convergence order, measured against the exact flow."""

from __future__ import annotations

from diffviz.experiments.order import Convergence, OrderConfig, Reference, assemble_order, converge, follow_reference
from diffviz.experiments.problem import Problem
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
    config = OrderConfig(problem, tuple(PROBABILITY_FLOW_SAMPLERS[slug]() for slug in slugs), grid)
    with page.figure:
        reference = _reference(problem)
        series = [_convergence(OrderConfig(problem, (sampler,), grid)) for sampler in config.samplers]
        chart.show(compose(assemble_order(config, series, reference)), key="order.chart")


@cached("Following the exact flow", usual=1.5)
def _reference(problem: Problem) -> Reference:
    return follow_reference(problem)


@cached("Running a solver at 10 to 320 calls", usual=0.5)
def _convergence(config: OrderConfig) -> Convergence:
    """Of the one sampler of a configuration, so that a change of one does not run the others."""
    (sampler,) = config.samplers
    return converge(config, sampler, _reference(config.problem))


VIEW = View("order", "Order", "race-order", draw)
