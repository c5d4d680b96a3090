"""The race itself: two to six panes on one clock, and a ranking."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diffviz.config import Choice, Flag, Range
from diffviz.metrics import METRICS, Metric
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import SAMPLERS
from diffviz.scenes.race import Lane, Outcome, compose, run
from diffviz.scenes.ranking import parted, ranking
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.race.setup import Setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "edm", "euler-maruyama")
BUDGET = Range(2, 100, label="Network calls each", log=True, help="What every pane may spend; steps follow from it.")
STEPS = Range(1, 100, label="Steps")
PACE = Choice(
    {"cost": "Equal network calls", "steps": "Equal steps", "own": "Each its own steps"},
    label="Race at",
    help="Equal calls is the fair race: a step of one sampler may ask the network several times.",
)
SPLIT = Flag("Split the error", "The same noise with the exact score: what is the model's, and what the steps'.")


def draw(page: Page) -> None:
    """Choose, sample, show, rank."""
    form = page.form
    with page.controls:
        base = setup.choose(page)
        panes = form.number("panes", 3, Range(2, 6, label="Panes"), int)
        pace = form.option("pace", "cost", PACE)
        budget = form.number("nfe", 10, BUDGET, int) if pace == "cost" else 0
        common = form.number("steps", 10, STEPS, int) if pace == "steps" else 0
        slug = setup.metric(page)
        parts = form.flag("split", False, SPLIT)
    with page.figure:
        stage, lanes = st.container(), []
        for row in range(0, panes, 3):
            for i, column in enumerate(st.columns(3)[: panes - row], row):
                with column:
                    sampler = form.pick(f"Pane {i + 1}", SAMPLERS, f"pane{i + 1}", DEFAULTS[i])
                    grid = setup.grid(page, f"grid{i + 1}")
                    steps = sampler.steps_for(budget) if budget else common
                    lanes.append(Lane(sampler, grid, steps or form.number(f"steps{i + 1}", 10, STEPS, int)))
        found = [race(lane, base, slug) for lane in lanes]
        with stage:
            player.show(compose(found, base.real[0], base.model.schedule), key="race.player")
        st.markdown(ranking(found, base.floor(slug), base.real, base.mixture))
        if parts:
            st.markdown("#### Each error in two")
            st.markdown(split(lanes, base, f"{base.key} {lanes!r}", base.seed))
            st.caption(
                "Root mean square over 500 particles; as vectors, both = model + steps. "
                "Of a data set without a closed form, exact means exact for 2,000 given points."
            )
        with st.expander("Where each pane stops: t, σ, λ of every step"):
            for column, result in zip(st.columns(len(found)), found, strict=True):
                with column:
                    st.caption(result.lane.title)
                    st.dataframe(stops(result, base.model), hide_index=True, height=280)


def race(lane: Lane, base: Setup, metric: str) -> Outcome:
    """One lane's outcome on a setup, kept for when it is wanted again."""
    key = f"{base.key} {metric} {lane!r}"
    found: Outcome = outcome(lane, base.model, base.real, METRICS[metric](), key, base.seed)
    return found


@st.cache_resource(max_entries=32, show_spinner="Running the same noise with the exact score")
def split(_lanes: list[Lane], _base: Setup, key: str, seed: int) -> str:
    return parted(_lanes, _base.model, _base.exact, seed)


def stops(result: Outcome, model: ScoreModel) -> dict[str, Array]:
    """The visited times with their noise level, a column each."""
    t = result.t
    rounded = {"t": t, "σ": model.schedule.sigma(t), "λ": model.schedule.lam(t)}
    return {name: np.round(values, 4) for name, values in rounded.items()}


@st.cache_resource(max_entries=96, show_spinner="Sampling")
def outcome(_lane: Lane, _model: ScoreModel, _real: list[Array], _metric: Metric, key: str, seed: int) -> Outcome:
    return run(_lane, _model, _real, seed, _metric)


VIEW = View("race", "Race", "race", draw)
