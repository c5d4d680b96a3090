"""Both ways: data encoded to noise, decoded again, and paths between two latents."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diffviz.config import Range
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS
from diffviz.scenes.ways import compose, losses, run, table
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

STEPS = Range(2, 100, label="Network calls each way", log=True)
POINT = Range(0, 99, help="One of the data points shown.")


def draw(page: Page) -> None:
    """Choose a solver and two points; run, show, count what is lost."""
    with page.controls:
        base = setup.choose(page)
        solver = page.form.pick("Sampler", PROBABILITY_FLOW_SAMPLERS, "flow", "dpmpp-2m")
        grid = setup.grid(page)
        calls = page.form.number("calls", 20, STEPS, int)
        a = page.form.number("from", 0, Range(POINT.low, POINT.high, label="From point", help=POINT.help), int)
        b = page.form.number("to", 1, Range(POINT.low, POINT.high, label="To point", help=POINT.help), int)
    key = f"{base.key} {solver!r} {grid!r}"
    with page.figure:
        found = trip(solver, grid, base.model, base.real[0], solver.steps_for(calls), (a, b), key, base.seed)
        player.show(compose(found, base.model, base.real[0], (a, b)), key="player.ways")
        st.markdown(lost(solver, grid, base.model, base.real[0], key, base.seed))


@st.cache_resource(max_entries=16, show_spinner="Encoding and decoding")
def trip(
    _solver: Any, _grid: Any, _model: Any, _points: Any, steps: int, pair: tuple[int, int], key: str, seed: int
) -> Any:
    return run(_solver, _grid, steps, _model, _points, pair)


@st.cache_resource(max_entries=16, show_spinner="Measuring round trips")
def lost(_solver: Any, _grid: Any, _model: Any, _points: Any, key: str, seed: int) -> str:
    return table(losses(_solver, _grid, _model, _points))


VIEW = View("both-ways", "Both ways", "race-both-ways", draw)
