"""The race itself: two to six panes on one clock, and a ranking."""

from __future__ import annotations

from typing import cast

import numpy as np
import streamlit as st

from diffviz.config import Choice, Flag, Range
from diffviz.experiments import error_split
from diffviz.experiments.error_split import ErrorSplit, ErrorSplitConfig, ErrorSplitResult
from diffviz.experiments.lane import Entrant, Lane, ShippedMethod, lane_of
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.race import LaneResult
from diffviz.figures import ranking
from diffviz.grids import UniformLogSNR
from diffviz.protocols import Array
from diffviz.recipes import race as recipes
from diffviz.samplers import Sampler
from diffviz.scenes.race import Distances, compose
from diffviz.source_code import script
from diffviz.ui import chart, player
from diffviz.ui.cache import cached
from diffviz.ui.race import lanes, own_particle, setup, tables
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "edm", "euler-maruyama")
PANES = Range(2, len(DEFAULTS), label="Panes")
BUDGET = Range(2, 100, label="Network calls each", log=True, help="What every pane may spend; steps follow from it.")
STEPS = Range(1, 100, label="Steps")  # fewer than a lane may take: a class waits
PACE = Choice(
    {"cost": "Equal network calls", "steps": "Equal steps", "own": "Each its own steps"},
    label="Race at",
    help="Equal calls is the fair race: a step of one sampler may ask the network several times.",
)
DISTANCES = Choice(
    {"end": "At the end of the clock", "wait": "At the end, started by Play", "always": "Always"},
    label="Distances shown",
    help="Until the clock has arrived the race asks which pane will come nearest, and the ranking is folded.",
)
TRAILS = Flag("Trails", "The way that some of the particles have come.")
SPLIT = Flag("Split the error", "The same noise with the exact score: what is the model's, and what the steps'.")


def draw(page: Page) -> None:
    """Choose, sample, show, rank."""
    form = page.form
    with page.controls:
        problem = setup.choose_problem(page)
        panes = form.number("panes", 3, PANES, int)
        pace = form.option("pace", "cost", PACE)
        budget = form.number("nfe", 10, BUDGET, int) if pace == "cost" else 0
        common = form.number("steps", 10, STEPS, int) if pace == "steps" else 0
        metric = setup.choose_metric(page)
        own = form.flag("own", False, own_particle.OWN)
        distances = form.option("distances", "end", DISTANCES, disabled=own)  # of one particle there are none
        trails = form.flag("trails", False, TRAILS)
        split = form.flag("split", False, SPLIT)
    with page.figure:
        figure, choices, chosen = st.container(), st.container(key="over-cover-panes"), []
        for row in range(0, panes, 3):
            for i, column in enumerate(choices.columns(3)[: panes - row], row):
                with column:
                    sampler = setup.choose_entrant(form, f"Pane {i + 1}", f"pane{i + 1}", DEFAULTS[i], problem)
                    grid = setup.choose_grid(form, f"grid{i + 1}") if isinstance(sampler, Sampler) else UniformLogSNR()
                    steps = sampler.steps_for(budget) if budget else common
                    steps = steps or form.number(f"steps{i + 1}", 10, STEPS, int)
                    chosen.append(lane_of(sampler, grid, steps, problem.source))
                    if budget and not sampler.adaptive and sampler.calls(steps) != budget:
                        st.caption(_whole_steps(sampler, steps, budget))
        result = lanes.race(problem, chosen, metric)
        with figure:
            if own:
                own_particle.show(form, result, compose(result, budget=budget, trails=trails), budget, trails)
            else:
                scene = compose(result, budget=budget, distances=cast(Distances, distances), trails=trails)
                code = script(recipes.race, result.config, budget, cast(Distances, distances), trails)
                player.show(scene, key="race.player", code=code)
        with st.expander("Ranking", expanded=distances == "always"):
            st.markdown(tables.ranking(result))
            st.caption(tables.ranking_caption(result))
            chart.show(ranking.compose(result), key="race.ranking")
        if split:
            st.markdown("#### Each error in two")
            asking = tuple(lane for lane in chosen if isinstance(lane, Lane))  # a student cannot be asked another score
            splits = tuple(_error_split(problem, lane) for lane in asking)
            st.markdown(tables.error_split(ErrorSplitResult(ErrorSplitConfig(problem, asking), splits)))
            st.caption(
                f"Root mean square over {error_split.PARTICLES} particles ± its standard error; as vectors, both "
                f"= model + steps, against the exact score. {ExactSource().describe(problem)}"
            )
        with st.expander("Where each pane stops: t, σ, λ of every step"):
            for column, lane in zip(st.columns(panes), result.lanes, strict=True):
                with column:
                    st.caption(lane.lane.title)
                    st.dataframe(_visited_times(lane), hide_index=True, height=280)


def _whole_steps(sampler: Entrant, steps: int, budget: int) -> str:
    """Why a sampler makes other than `budget` calls, or a student."""
    calls = sampler.calls(steps)
    if isinstance(sampler, ShippedMethod):
        return f"It has learned to make {' or '.join(map(str, sampler.budgets))} calls."
    if calls > budget:
        return f"Steps are whole: even one makes {calls} calls."
    return f"Steps are whole: {calls} calls for {steps} of them, {sampler.calls(steps + 1)} for {steps + 1}."


def _visited_times(lane: LaneResult) -> dict[str, Array]:
    """The visited times with their noise levels, a column each."""
    columns = {"t": lane.t, "σ": lane.sigma, "λ": lane.lam}
    return {name: np.round(values, 4) for name, values in columns.items()}


@cached("Running the same noise with the exact score", usual=1)
def _error_split(problem: Problem, lane: Lane) -> ErrorSplit:
    return error_split.split_lane(problem, lane)


VIEW = View("race", "Race", "race", draw, presented=("data", "race.nfe"))
