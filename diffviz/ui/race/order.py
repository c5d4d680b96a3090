"""Convergence order, measured against the exact flow."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.order import Convergence, OrderConfig, OrderResult, Reference, converge, follow_reference
from diffviz.experiments.problem import Problem
from diffviz.figures.order import compose
from diffviz.grids import Grid
from diffviz.recipes import race as recipes
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS, Sampler
from diffviz.source_code import script
from diffviz.ui import chart
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddim", "flow-heun", "dpmpp-2m", "dpm-3", "dpmpp-3m")


def draw(page: Page) -> None:
    """Choose, follow the exact flow once, fit."""
    with page.controls:
        problem = setup.choose_problem(page, setup.FEW)
        slugs = page.form.several("Samplers", PROBABILITY_FLOW_SAMPLERS, "samplers", DEFAULTS, families=FAMILY_OF)
        grid = setup.choose_grid(page.shared)
        with st.expander("Parameters of the samplers"):
            samplers = tuple(_configured(page.form, slug) for slug in slugs)
    config = OrderConfig(problem, samplers, grid)
    with page.figure:
        error = _reference(problem).error
        series = tuple(_convergence(problem, sampler, grid) for sampler in samplers)
        result = OrderResult(config, series, error)
        chart.show(compose(result), key="order.chart", code=script(recipes.order, config))


@cached("Following the exact flow", usual=0.5)
def _reference(problem: Problem) -> Reference:
    return follow_reference(problem)


@cached("Running a solver at 10 to 320 calls", usual=0.5)
def _convergence(problem: Problem, sampler: Sampler, grid: Grid) -> Convergence:
    """Of one sampler, so that a change of one does not run the others."""
    return converge(OrderConfig(problem, (sampler,), grid), sampler, _reference(problem))


def _configured(form: Form, slug: str) -> Sampler:
    """A solver with the parameters that its widgets say, under its name; none makes it draw noise."""
    kind = PROBABILITY_FLOW_SAMPLERS[slug]
    if len(kind.parameters()) > len(kind.noise_parameters):
        st.caption(kind.title)
    return form.config(kind, f"samplers.{slug}", kind.noise_parameters)


VIEW = View("order", "Order", "race-order", draw, presented=("data", "score"))
