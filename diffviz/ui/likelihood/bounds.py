"""ELBO and variances: a chain's bound term by term, in all, and as L_simple weighs it; and the bound on the KL."""

from __future__ import annotations

import streamlit as st

from diffviz.estimate import format_estimate
from diffviz.experiments.likelihood.bounds import (
    LEARNED,
    BoundsConfig,
    BoundsResult,
    KLBoundConfig,
    KLBoundResult,
    measure_bounds,
    measure_kl_bounds,
)
from diffviz.figures import likelihood as charts
from diffviz.recipes import likelihood as recipes
from diffviz.schedules import SCHEDULES
from diffviz.source_code import script
from diffviz.ui import chart
from diffviz.ui.cache import cached
from diffviz.ui.likelihood.setup import MIXTURES
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose a mixture, a schedule and the steps of a chain; below, the width of a Gaussian."""
    form = page.form
    with page.controls:
        dataset = form.pick("Data", MIXTURES, "data", "ring")
        schedule = form.pick("Schedule", SCHEDULES, "schedule", "ddpm")
        steps = form.field(BoundsConfig, "steps")
        deviation = form.field(KLBoundConfig, "deviation")
    with page.figure:
        config, kl_config = BoundsConfig(dataset, schedule, steps), KLBoundConfig(schedule, deviation)
        result = _bounds(config)
        upper, lower = (st.columns(2, gap="medium") for _ in range(2))
        with upper[0]:
            chart.show(charts.terms(result), key="bounds.terms", code=script(recipes.bounds, config, kl_config))
        with upper[1]:
            chart.show(charts.totals(result), key="bounds.totals")
        with lower[0]:
            chart.show(charts.weights(result), key="bounds.weights")
        with lower[1]:
            chart.show(charts.kl_bound(_kl_bounds(kl_config)), key="bounds.kl")
        st.markdown(table(result))


def table(result: BoundsResult) -> str:
    """Markdown: the parts of the bound, by variance."""
    rows = ["| variance | L_T | sum of the steps | L₀ | −ELBO | above the entropy |", "|---|---:|---:|---:|---:|---:|"]
    for name, terms in result.terms.items():
        parts = terms.prior, float(terms.steps.sum()), terms.decoder, terms.total, terms.total - result.entropy
        rows.append(f"| {name} | {' | '.join(f'{value:z.3f}' for value in parts)} |")
    if (drawn := result.learned) is not None:
        values = drawn.prior, drawn.steps.sum(0), drawn.decoder, drawn.total, drawn.total - result.entropy
        rows.append(f"| {LEARNED} | {' | '.join(format_estimate(*drawn.estimate(value)) for value in values)} |")
    return "\n".join(rows)


@cached("Finding what is not known of x₀ at every noise level", usual=1)
def _bounds(config: BoundsConfig) -> BoundsResult:
    return measure_bounds(config)


@cached("Measuring both sides of the bound", usual=0.5)
def _kl_bounds(config: KLBoundConfig) -> KLBoundResult:
    return measure_kl_bounds(config)


VIEW = View("elbo", "ELBO and variances", "likelihood-elbo", draw, presented=("elbo.data", "elbo.steps"))
