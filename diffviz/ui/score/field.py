"""What is a score? Energy, density and score of one model, and what a point may have come from."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.problem import LearnedSource, Problem
from diffviz.experiments.score.field import ScoreFieldConfig, run_score_field
from diffviz.recipes import score as recipes
from diffviz.scenes.score.field import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.race.setup import trained
from diffviz.ui.score.mixtures import MIXTURES
from diffviz.ui.score.place import choose_place
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose a mixture, whose score, and a wrong constant; drag the point."""
    form = page.form
    with page.controls:
        mixture = form.pick("Data", MIXTURES, "data", "ring")
        source = form.field(ScoreFieldConfig, "source")
        points = form.field(ScoreFieldConfig, "points", disabled=source != "empirical")
        factor = form.field(ScoreFieldConfig, "factor")
        seed = form.field(ScoreFieldConfig, "seed", disabled=source != "empirical")
    with page.figure:
        key, place = choose_place(form, ScoreFieldConfig)
        if source == "learned" and LearnedSource().trains(Problem(mixture)):
            trained(LearnedSource(), mixture)
        config = ScoreFieldConfig(mixture, source, points, factor, seed, **place)
        player.show(_scene(config), key, code=script(recipes.field, config))
        if source == "learned":
            st.caption("A network answers a score and no density: density, energy and past are the mixture's own.")


@cached("Asking the score at every noise level", usual=0.3)
def _scene(config: ScoreFieldConfig) -> bytes:
    return compose(run_score_field(config)).payload()


VIEW = View("field", "What is a score?", "score", draw, presented=("field.data", "field.source"))
