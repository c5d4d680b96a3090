"""The forward process, step by step and exactly, and three SDEs side by side."""

from __future__ import annotations

import streamlit as st

from diffviz.data import DATASETS, Dataset
from diffviz.experiments.forward import ForwardConfig, compare_schedules, run_forward
from diffviz.recipes import forward as recipes
from diffviz.scenes import forward as scenes
from diffviz.schedules import SCHEDULES
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose data and schedule; diffuse, compare."""
    form = page.form
    with page.controls:
        config = ForwardConfig(
            form.pick("Data", DATASETS, "data", "swiss-roll"),
            form.pick("Schedule", SCHEDULES, "schedule", "linear"),
            form.field(ForwardConfig, "steps"),
            form.field(ForwardConfig, "particles"),
            form.field(ForwardConfig, "seed"),
        )
    with page.figure:
        player.show(diffused(config), "forward.player", code=script(recipes.process, config))
        schedule = config.schedule
        st.markdown(f"{schedule.title}, {schedule.paper}: ${schedule.latex}$")
        st.markdown("#### VP, VE and sub-VP on the same data and the same noise")
        player.show(compared(config.dataset, config.particles, config.seed), "forward.compare")


@cached("Diffusing", usual=0.5)
def diffused(config: ForwardConfig) -> bytes:
    """The picture of one process."""
    return scenes.compose(run_forward(config)).payload()


@cached("Diffusing three ways", usual=1)
def compared(dataset: Dataset, particles: int, seed: int) -> bytes:
    """The picture of the three SDEs."""
    return scenes.compare(compare_schedules(dataset, particles, seed)).payload()


VIEW = View("", "Forward SDE", "forward", draw, presented=("data", "schedule"))
