"""Latents: real digits encoded and decoded, two interpolated, and one latent decoded in many step counts."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.grids import Grid
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS, Sampler
from diffviz.scenes.digits.latents import Trip, compare, compose, consistency, travel
from diffviz.trajectory import Trajectory
from diffviz.ui import player
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

LOOK = Choice({"ways": "To noise and back", "counts": "Same latent, more steps"}, "Look")
EACH_WAY = Range(2, 100, label="Network calls each way", log=True)
PLACE = Range(0, 99, help="Place in the test set.")
SHOWN = 9


def draw(page: Page) -> None:
    """Choose a solver and digits; encode, decode, compare."""
    form, model = page.form, setup.network()
    with page.controls:
        look = form.option("look", "ways", LOOK)
        solver = form.pick("Sampler", PROBABILITY_FLOW_SAMPLERS, "flow", "ddim")
        grid = form.pick("Grid", setup.SPACINGS, "grid", "uniform")
        if look == "ways":
            calls = form.number("calls", 50, EACH_WAY, int)
            a = form.number("from", 0, Range(PLACE.low, PLACE.high, label="First digit", help=PLACE.help), int)
            b = form.number("to", 4, Range(PLACE.low, PLACE.high, label="Second digit", help=PLACE.help), int)
        else:
            seed = form.number("seed", 0, Range(0, 99, label="Seed"), int)
    with page.figure:
        if look == "ways":
            trip = travelled(solver, grid, f"{solver!r} {grid!r}", solver.steps_for(calls), (a, b), setup.digits().id)
            player.show(compose(trip, model), key="digits.player")
        else:
            player.show(compare(decoded(solver, grid, f"{solver!r} {grid!r}", seed), model), key="digits.player")


@st.cache_resource(max_entries=16, show_spinner="Encoding and decoding")
def travelled(_solver: Sampler, _grid: Grid, key: str, steps: int, pair: tuple[int, int], data: str) -> Trip:
    points = setup.at_hand().points
    chosen = [*pair, *(k for k in range(len(points)) if k not in pair)][:SHOWN]
    return travel(_solver, _grid, steps, setup.network(), points[chosen])


@st.cache_resource(max_entries=16, show_spinner="Decoding the same latents in 5 to 100 steps")
def decoded(_solver: Sampler, _grid: Grid, key: str, seed: int) -> list[Trajectory]:
    return consistency(_solver, _grid, setup.network(), (1, 28, 28), seed)


VIEW = View("latents", "Latents", "digits-latents", draw)
