"""Samplers: the same model and the same noise, two to six solvers on one clock."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diffviz.config import Choice, Flag, Range
from diffviz.ui import player, shell

DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "euler-maruyama", "flow-euler", "flow-heun")
BUDGET = Range(2, 100, label="Network calls each", log=True, help="What every pane may spend; steps follow from it.")
STEPS = Range(1, 100, label="Steps")
SCORE = Choice(
    {"learned": "Learned network", "exact": "Exact"},
    label="Score",
    help="What every pane asks: a trained network, or the score that a perfect one would give.",
)


@st.cache_resource(max_entries=16, show_spinner="Training a network on these data: about three seconds")
def learned(_dataset: Any, key: str, seed: int) -> Any:
    from diffviz.training.shipped import BRIEF, learn, shipped

    return shipped(_dataset) or learn(_dataset, BRIEF, seed).model


@st.cache_resource(max_entries=16, show_spinner=False)
def exact(_dataset: Any, key: str) -> Any:
    import torch

    from diffviz.data import prepare
    from diffviz.schedules import Cosine
    from diffviz.scores.empirical import EmpiricalScore
    from diffviz.scores.mixture import MixtureScore

    data = prepare(_dataset, 2_000, seed=0)
    if data.mixture is not None:
        return MixtureScore(Cosine(), data.mixture)
    return EmpiricalScore(Cosine(), torch.tensor(data.points, dtype=torch.float32))


@st.cache_resource(max_entries=32, show_spinner=False)
def real(_dataset: Any, key: str, seed: int) -> Any:
    from diffviz.scenes.samplers import fresh

    return fresh(_dataset, seed)


@st.cache_resource(max_entries=32, show_spinner=False)
def bottom(_dataset: Any, key: str) -> Any:
    from diffviz.scenes.samplers import real_floor

    return real_floor(_dataset)


@st.cache_resource(max_entries=96, show_spinner="Sampling")
def outcome(_lane: Any, _model: Any, _real: Any, key: tuple[str, ...], seed: int) -> Any:
    from diffviz.scenes.samplers import run

    return run(_lane, _model, _real, seed)


def source(dataset: Any, score: str) -> str:
    from diffviz.training.shipped import BRIEF, LONG, is_shipped

    if score == "exact":
        closed = "The closed form of this mixture."
        return closed if dataset.mixture else "Exact for 2,000 given points, which it can only give back."
    if is_shipped(dataset):
        return f"Shipped, trained for {LONG.steps:,} steps."
    return f"Trained here, for {BRIEF.steps:,} steps only."


with shell.page("samplers") as page:
    shell.engine()
    from diffviz.data import DATASETS
    from diffviz.grids import GRIDS
    from diffviz.samplers import SAMPLERS
    from diffviz.scenes.samplers import Lane, compose, ranking

    form = page.form
    with page.controls:
        dataset = form.pick("Data", DATASETS, "data", "swiss-roll")
        score = form.option("score", "learned", SCORE)
        st.caption(source(dataset, score))
        panes = form.number("panes", 3, Range(2, 6, label="Panes"), int)
        equal = form.flag("equal", True, Flag("Equal cost", "Every pane gets the same number of network calls."))
        budget = form.number("nfe", 10, BUDGET, int) if equal else None
        seed = form.number("seed", 0, Range(0, 99, label="Seed", help="Of the noise that all panes share."), int)
    with page.figure:
        stage, lanes = st.container(), []
        for row in range(0, panes, 3):
            for i, column in enumerate(st.columns(3)[: panes - row], row):
                with column:
                    sampler = form.pick(f"Pane {i + 1}", SAMPLERS, f"pane{i + 1}", DEFAULTS[i])
                    grid = form.pick("Grid", GRIDS, f"grid{i + 1}", "logsnr")
                    steps = sampler.steps_for(budget) if budget else form.number(f"steps{i + 1}", 10, STEPS, int)
                    lanes.append(Lane(sampler, grid, steps))

    name = repr(dataset)
    model = learned(dataset, name, 0) if score == "learned" else exact(dataset, name)
    truth = real(dataset, name, seed)
    found = [outcome(lane, model, truth, (name, score, repr(lane)), seed) for lane in lanes]
    with stage:
        player.show(compose(found, truth[0], model.schedule), key="samplers.player")
    with page.figure:
        st.markdown(ranking(found, bottom(dataset, name)))
