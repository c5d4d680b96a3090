"""Convergence order, measured against the exact flow."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.order import OrderConfig, OrderResult, measure_order
from diffviz.figures.order import compose
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS, Sampler
from diffviz.ui import chart
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddim", "flow-heun", "dpmpp-2m", "dpm-3", "dpmpp-3m")


def draw(page: Page) -> None:
    """Choose, follow the exact flow once, fit."""
    with page.controls:
        problem = setup.choose_problem(page)
        slugs = page.form.several("Samplers", PROBABILITY_FLOW_SAMPLERS, "samplers", DEFAULTS)
        grid = setup.choose_grid(page.shared)
        with st.expander("Parameters of the samplers"):
            samplers = tuple(_configured(page.form, slug) for slug in slugs)
    with page.figure:
        chart.show(compose(_order(OrderConfig(problem, samplers, grid))), key="order.chart")


def _configured(form: Form, slug: str) -> Sampler:
    """A solver with the parameters that its widgets say, under its name."""
    kind = PROBABILITY_FLOW_SAMPLERS[slug]
    if kind.parameters():
        st.caption(kind.title)
    return form.config(kind, f"samplers.{slug}")


@cached("Following the exact flow", usual=5)
def _order(config: OrderConfig) -> OrderResult:
    return measure_order(config)


VIEW = View("order", "Order", "race-order", draw)
