"""Langevin: the pitfall of one noise level, and its repair by many."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice
from diffviz.estimate import format_estimate
from diffviz.experiments.problem import LearnedSource, Problem
from diffviz.experiments.score.langevin import LangevinConfig, LangevinResult, run_langevin
from diffviz.experiments.score.one_level import UNEVEN, OneLevelConfig, measure_one_level
from diffviz.recipes import score as recipes
from diffviz.scenes.score.langevin import compose, one_level
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.race.setup import trained
from diffviz.ui.score.mixtures import MIXTURES
from diffviz.ui.shell import Page, View

DATA = {"uneven": UNEVEN, **{slug: kind() for slug, kind in MIXTURES.items()}}
TITLES = Choice(
    {"uneven": "Four, far apart and uneven", **{slug: kind.title for slug, kind in MIXTURES.items()}},
    "Data",
    kinds=DATA,
)


def draw(page: Page) -> None:
    """Choose level, step and number of calls; run three ways of equal cost, and look at a network of one level."""
    form = page.form
    with page.controls:
        mixture = DATA[form.option("data", "uneven", TITLES)]
        source, level, step, calls, seed = (
            form.field(LangevinConfig, name) for name in ("source", "level", "step", "calls", "seed")
        )
    config = LangevinConfig(mixture, source, level, step, calls, seed)
    with page.figure:
        if source == "learned" and LearnedSource().trains(Problem(mixture)):
            trained(LearnedSource(), mixture)
        result = _run(config)
        player.show(compose(result), "score.langevin", code=script(recipes.langevin, config))
        st.markdown(table(result))
        st.caption(
            "Each of the 800 particles counts for the mode whose mean is nearest, in all three alike. Off by: total "
            "variation between these shares and the true weights."
        )
        st.markdown("#### A score that was learned at one low level")
        player.show(_one_level(OneLevelConfig(mixture, level)), "score.one-level")


def table(result: LangevinResult) -> str:
    """How far the weights are off at the start and at the end: a Markdown table."""
    rows = ["| | calls | weights off, before | weights off, after |", "|---|---:|---:|---:|"]
    for run in (result.plain, result.annealed, result.corrected):
        rows.append(f"| {run.title} | {run.nfe} | {run.gap[0]:.3f} | {run.gap[-1]:.3f} |")
    rows.append(f"| Honest draws | | | {format_estimate(*result.floor)} |")
    return "\n".join(rows)


@cached("Running Langevin dynamics three ways", usual=0.6)
def _run(config: LangevinConfig) -> LangevinResult:
    return run_langevin(config)


@cached("Training at one noise level", usual=1)
def _one_level(config: OneLevelConfig) -> bytes:
    return one_level(measure_one_level(config)).payload()


VIEW = View("langevin", "Langevin", "score-langevin", draw, presented=("langevin.level", "langevin.calls"))
