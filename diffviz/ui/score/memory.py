"""Memorise or generalise: the exact score of the points, a network trained on them, and the truth."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.score.memory import NEAR, TRAINING, MemoryConfig, MemoryResult, measure_memory
from diffviz.recipes import score as recipes
from diffviz.scenes.score.memory import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.score.mixtures import MIXTURES
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose how many points there are, and how large the network is."""
    form = page.form
    with page.controls:
        mixture = form.pick("Data", MIXTURES, "data", "ring")
        points, width, seed = (form.field(MemoryConfig, name) for name in ("points", "width", "seed"))
    with page.figure:
        config = MemoryConfig(mixture, points, width, seed)
        result = _measure(config)
        player.show(compose(result), "score.memory", code=script(recipes.memory, config))
        st.caption(
            f"The network has {result.parameters:,} weights and was trained here for {TRAINING} steps "
            f"on {points:,} points, {2 * points:,} numbers. A copy is a sample that ends nearer than {result.near:.3f} "
            f"to a training point: of fresh data only {NEAR:.0%} do."
        )


@cached("Training a network on the points", usual=1.5)
def _measure(config: MemoryConfig) -> MemoryResult:
    return measure_memory(config)


VIEW = View("memory", "Memorise or generalise", "score-memory", draw, presented=("memory.points", "memory.width"))
