"""Inverse problems: digits completed from what is known of them."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.grids import UniformTime
from diffviz.pretrained.digits import classifier
from diffviz.samplers import DDPM
from diffviz.scenes.digits.inverse import PROBLEMS, ROWS, Answer, compose, solve
from diffviz.ui import player
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

KNOWN = Choice({slug: title for slug, (title, _) in PROBLEMS.items()}, "Problem")


def draw(page: Page) -> None:
    """Choose a problem and digits; sample, show."""
    form = page.form
    with page.controls:
        problem = form.option("problem", "upper", KNOWN)
        first = form.number("first", 0, Range(0, 96, label="First digit", help="Place in the test set."), int)
        steps = form.number("steps", 50, Range(10, 200, label="Steps", log=True), int)
        moves = form.number("moves", 2, Range(0, 10, label="Corrector moves", help="Langevin moves a step."), int)
        seed = form.number("seed", 0, Range(0, 99, label="Seed"), int)
    with page.figure:
        data = setup.digits().id
        player.show(compose(solved(problem, first, steps, moves, seed, data), setup.network()), key="digits.player")


@st.cache_resource(max_entries=16, show_spinner="Sampling what is likely, given what is known")
def solved(problem: str, first: int, steps: int, moves: int, seed: int, data: str) -> Answer:
    model, given = setup.network(), setup.at_hand()
    times = UniformTime().times(model.schedule, steps)
    some = slice(first, first + ROWS)
    return solve(
        PROBLEMS[problem][1],
        DDPM(),
        model,
        classifier(),
        times,
        given.points[some],
        given.labels[some],
        seed,
        moves,
    )


VIEW = View("inverse", "Inverse problems", "digits-inverse", draw)
