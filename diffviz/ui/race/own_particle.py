"""A particle of a person's own in the race, followed live while it is dragged."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Flag
from diffviz.experiments.lane import AnyLane
from diffviz.experiments.own_particle import REACH, Start, follow_own
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import RaceResult
from diffviz.player import Scene
from diffviz.recipes import race as recipes
from diffviz.scenes.own_particle import with_own
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.score.place import choose_place

OWN = Flag("Your own particle", "A ring in the noise: drag it, and see where every pane lands what starts there.")


@st.fragment
def show(form: Form, result: RaceResult, scene: Scene, budget: int, trails: bool) -> None:
    """The race's scene and the particle; its moves draw nothing else of the page anew."""
    key, place = choose_place(form, Start)
    held = player.held(key)
    start = Start(**place) if held is None else Start(*(min(max(v, -REACH), REACH) for v in held[:2]))
    problem = result.config.problem
    paths = [follow_own(problem, _fitted(problem, lane.lane), start) for lane in result.lanes]
    shown = with_own(scene, (start.x, start.y), paths, [lane.nfe for lane in result.lanes])
    code = None if held is not None else script(recipes.own_particle, result.config, start, budget, trails)
    player.show(shown, key, code=code)
    if held is None and player.handle(key) is not None:
        form.choices.publish()


@cached("Measuring what a sampler is fitted to", usual=0.3)
def _fitted(problem: Problem, lane: AnyLane) -> AnyLane:
    return lane.fitted(problem)
