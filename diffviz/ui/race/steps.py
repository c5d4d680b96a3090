"""The step grid editor: drag five inner times and see what it does."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.lane import Lane
from diffviz.grids import HandPlaced
from diffviz.recipes import race as recipes
from diffviz.samplers import SAMPLERS
from diffviz.scenes.race import compose
from diffviz.source_code import script
from diffviz.ui import player, step_editor
from diffviz.ui.race import lanes, setup, tables
from diffviz.ui.shell import Page, View

INNER = 5


def draw(page: Page) -> None:
    """Edit the grid, run it beside the standard ones, rank them."""
    form = page.form
    with page.controls:
        problem = setup.choose_problem(page)
        sampler = form.pick("Sampler", SAMPLERS, "sampler", "dpmpp-2m", families=FAMILY_OF)
        metric = setup.choose_metric(page)
    with page.figure:
        shares = step_editor.edit(form, problem.model.schedule, INNER)
        grids = (HandPlaced(shares=shares), *step_editor.STANDARD)
        result = lanes.race(problem, [Lane(sampler, grid, INNER + 1, problem.source) for grid in grids], metric)
        scene = compose(result, columns=len(grids))  # one row, so that all stand in sight
        player.show(scene, key="player.steps", code=script(recipes.steps, result.config))
        st.markdown(tables.ranking(result))
        st.caption(tables.ranking_caption(result))


VIEW = View("steps", "Step grid", "race-steps", draw, presented=("steps.sampler", "seed"))
