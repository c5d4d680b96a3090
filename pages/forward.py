"""Forward SDE: how noise enters, step by step and exactly."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diffviz.config import Range
from diffviz.ui import player, shell

STEPS = Range(2, 400, label="Euler–Maruyama steps", log=True, help="Fewer steps, larger step error.")
PARTICLES = Range(100, 2000, step=100, label="Particles")
SEED = Range(0, 9999, label="Seed", help="The same seed, the same particles and the same Brownian paths.")


@st.cache_data(max_entries=24, show_spinner="Diffusing")
def picture(_dataset: Any, _schedule: Any, key: tuple[str, str], particles: int, steps: int, seed: int) -> bytes:
    from diffviz.scenes.forward import Forward, compose

    return compose(Forward(_dataset, _schedule, particles, seed), steps).payload()


@st.cache_data(max_entries=12, show_spinner="Diffusing three ways")
def comparison(_dataset: Any, key: str, particles: int, seed: int) -> bytes:
    from diffviz.scenes.forward import compare

    return compare(_dataset, particles, seed).payload()


with shell.page("forward") as page:
    with page.figure:
        shell.engine()
    from diffviz.data import DATASETS
    from diffviz.schedules import SCHEDULES

    with page.controls:
        dataset = page.form.pick("Data", DATASETS, "data", "swiss-roll")
        schedule = page.form.pick("Schedule", SCHEDULES, "schedule", "linear")
        steps = page.form.number("steps", 20, STEPS, int)
        particles = page.form.number("particles", 600, PARTICLES, int)
        seed = page.form.number("seed", 0, SEED, int)
    with page.figure:
        player.show(
            picture(dataset, schedule, (repr(dataset), repr(schedule)), particles, steps, seed), "forward.player"
        )
        st.markdown(f"{schedule.title}, {schedule.paper}: ${schedule.latex}$")
        st.markdown("#### VP, VE and sub-VP on the same data and the same noise")
        player.show(comparison(dataset, repr(dataset), particles, seed), "forward.compare")
