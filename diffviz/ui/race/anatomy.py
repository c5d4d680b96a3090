"""Solver anatomy: every network call of a few steps, and where a step's error comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
import torch

from diffviz.config import Range
from diffviz.noise import WhiteNoise
from diffviz.samplers import SAMPLERS, prior
from diffviz.scenes.anatomy import compose, dissect, parts
from diffviz.scenes.race import path
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddim", "flow-heun", "dpm-2", "dpmpp-2m")
STEPS = Range(1, 12, label="Steps")
PARTICLE = Range(0, 99, label="Particle", help="Which of the shared starting points is followed.")
MANY = 256


def draw(page: Page) -> None:
    """Choose solvers and a particle, take the runs apart."""
    with page.controls:
        base = setup.choose(page)
        slugs = page.form.several("Samplers", SAMPLERS, "solvers", DEFAULTS, most=4)
        grid = setup.grid(page)
        steps = page.form.number("anatomy", 5, STEPS, int)
        particle = page.form.number("particle", 9, PARTICLE, int)
    samplers = [SAMPLERS[slug]() for slug in slugs]
    model, schedule = base.precise, base.precise.schedule
    start = prior(schedule, WhiteNoise(base.seed, (100, 2), torch.float64))[particle : particle + 1]
    times = grid.times(schedule, steps)
    found = [dissect(s, model, start, times, path(schedule, (1, 2), base.seed, torch.float64)) for s in samplers]
    with page.figure:
        player.show(compose(found, model, start, base.real[0]), key="player.anatomy")
        table = split(samplers, model, times, f"{base.key} {samplers!r} {np.round(times, 9).tolist()}", base.seed)
        if table:
            st.markdown("#### Where a step's error comes from")
            st.markdown(table)


@st.cache_resource(max_entries=32, show_spinner="Following the exact flow")
def split(_samplers: Any, _model: Any, _times: Any, key: str, seed: int) -> str:
    start = prior(_model.schedule, WhiteNoise(seed, (MANY, 2), torch.float64))
    return parts(_samplers, _model, start, _times)


VIEW = View("anatomy", "Anatomy", "race-anatomy", draw)
