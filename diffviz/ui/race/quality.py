"""Quality against cost, streaming in while it is measured."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Range
from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.lane import shipped_methods
from diffviz.experiments.problem import SIZE
from diffviz.experiments.sweep import (
    MeasuredBudget,
    MeasuredCell,
    SweepConfig,
    SweepResult,
    summarize_sweep,
    sweep_cells,
)
from diffviz.figures import quality as quality_chart
from diffviz.figures.floor import band_caption
from diffviz.recipes import race as recipes
from diffviz.samplers import SAMPLERS
from diffviz.scenes import quality as quality_scene
from diffviz.source_code import script
from diffviz.ui import background, chart, player
from diffviz.ui.notice import tell
from diffviz.ui.race import lanes, setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "euler-maruyama")
WANTED = Range(1.05, 10.0, label="Wanted quality", log=True, help="Distance, in multiples of real against real.")
MULTIPLE = 2.0  # of the floor, which is wanted at first
KEPT = 3  # sweeps of a session, so that going back to one is free


def draw(page: Page) -> None:
    """Choose samplers, start the sweep, show what is known so far."""
    with page.controls:
        problem = setup.choose_problem(page)
        slugs = page.form.several("Samplers", setup.entrants(problem), "samplers", DEFAULTS, families=FAMILY_OF)
        grid = setup.choose_grid(page.shared)
        metric = setup.choose_metric(page)
        multiple = page.form.number("wanted", MULTIPLE, WANTED)
    taught = shipped_methods(problem.dataset)
    samplers = tuple(taught[slug] if slug in taught else SAMPLERS[slug]() for slug in slugs)
    config = SweepConfig(problem, samplers, grid, metric)
    code = script(recipes.quality, config, multiple)
    floor = lanes.floor(problem, metric)
    sweep = background.held("sweep", repr(config), lambda: sweep_cells(config), KEPT)

    def show(measured: list[MeasuredCell]) -> None:
        result = summarize_sweep(config, measured, floor)
        wanted = multiple * floor.mean
        st.markdown(recommend(result, wanted))
        if result.done == result.total:
            chart.show(quality_chart.compose(result, wanted), key="quality.chart", code=code)
            return
        player.show(quality_scene.compose(result, wanted), key="player.quality", code=code)
        st.caption(f"{_progress(result)} {quality_chart.BARS} {band_caption(floor)}")
        for fault in result.faults:
            tell("warning", fault)

    with page.figure:
        background.watch(sweep, show)


def recommend(result: SweepResult, distance: float) -> str:
    """Which sampler at how many steps, for this model and a wanted distance, and what the others need."""
    floor = result.floor.mean
    wish = f"a distance of at most {distance:.3g} ({distance / floor:.2g} times what real data have among themselves)"
    cheapest = [(series.sampler.title, series.cheapest_within(distance)) for series in result.series]
    within = sorted((b for _, b in cheapest if b is not None), key=lambda budget: (budget.nfe, budget.mean))
    if not within:
        return _nearest(result.nearest, wish)
    first = within[0]
    best = " and ".join(budget.sampler.title for budget in within if budget.nfe == first.nfe)
    others = [f"{budget.sampler.title} needs {budget.nfe}" for budget in within if budget.nfe > first.nfe]
    others += [f"{title} does not get there" for title, budget in cheapest if budget is None]
    rest = f" {'; '.join(others)}." if others else ""
    return f"**For this model and {wish}: {best} at {_cost(first)}.**{rest}"


def _nearest(nearest: MeasuredBudget | None, wish: str) -> str:
    if nearest is None:
        return "Measuring."
    return (
        f"**None of these comes within {wish}.** The nearest is {nearest.sampler.title} at {nearest.nfe} calls with "
        f"{nearest.mean:.3g}; what more steps do not mend is the model's own error."
    )


def _cost(budget: MeasuredBudget) -> str:
    if budget.sampler.adaptive:
        return f"{budget.nfe} calls"
    return f"{budget.steps} step{'s' * (budget.steps != 1)} ({budget.nfe} calls)"


def _progress(result: SweepResult) -> str:
    each = f"{SIZE:,} particles each"
    return f"{result.done} of {result.total} cells measured; {each}, and the larger budgets come last."


VIEW = View("quality", "Quality and cost", "race-quality", draw, presented=("score", "quality.wanted"))
