"""The SDE and its ODE twin."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.data import Dataset
from diffviz.protocols import ScoreModel
from diffviz.scenes.twin import PARTICLES, SDEODEComparison, compose, match, run, table
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

TAU = Range(0.1, 2.0, step=0.1, label="τ", help="1 is the reverse SDE; smaller is nearer the flow, larger is noisier.")
PARTICLE = Range(0, 99, label="Particle", help="Whose path stands in the fan.")
AXIS = Choice({"0": "first", "1": "second"}, label="Coordinate")
_DATA, SETS = 5_000_000, 12


def draw(page: Page) -> None:
    """Choose τ and a particle; run both, show both, compare both."""
    with page.controls:
        base = setup.choose(page)
        tau = page.form.number("tau", 1.0, TAU)
        particle = page.form.number("particle", 9, PARTICLE, int)
        axis = int(page.form.option("axis", "0", AXIS))
    with page.figure:
        found = twin(base.model, base.dataset, tau, particle, f"{base.key}", base.seed)
        player.show(compose(found, base.model.schedule, axis), key="player.twin")
        st.markdown(compared(found, base.dataset, base.model, f"{base.key} {tau}", base.seed))
        st.caption(f"Sliced W₂ of {PARTICLES:,} particles to as many fresh draws of q_t, in both coordinates.")


@st.cache_resource(max_entries=16, show_spinner="Running the SDE and the flow")
def twin(_model: ScoreModel, _dataset: Dataset, tau: float, particle: int, key: str, seed: int) -> SDEODEComparison:
    points = _dataset.normalisation.apply(_dataset.draw(PARTICLES, _DATA + seed))
    return run(_model, points, tau, particle, seed)


@st.cache_resource(max_entries=16, show_spinner="Comparing marginals")
def compared(_twin: Any, _dataset: Dataset, _model: ScoreModel, key: str, seed: int) -> str:
    apply = _dataset.normalisation.apply
    fresh = [apply(_dataset.draw(PARTICLES, _DATA + 100 + 100 * seed + k)) for k in range(SETS)]
    return table(match(_twin, _model.schedule, fresh))


VIEW = View("sde-ode", "SDE and ODE", "race-sde-ode", draw)
