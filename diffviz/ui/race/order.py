"""Convergence order, measured against the exact flow."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS
from diffviz.scenes.order import PARTICLES, chart, converge
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddim", "flow-heun", "dpmpp-2m", "dpm-3", "dpmpp-3m")


def draw(page: Page) -> None:
    """Choose, follow the exact flow once, fit."""
    with page.controls:
        base = setup.choose(page)
        slugs = page.form.several("Samplers", PROBABILITY_FLOW_SAMPLERS, "flows", DEFAULTS)
        grid = setup.grid(page)
    samplers = [PROBABILITY_FLOW_SAMPLERS[slug]() for slug in slugs]
    with page.figure:
        found, doubt = measured(samplers, grid, base.precise, f"{base.key} {grid!r} {samplers!r}", base.seed)
        player.show(chart(found), key="player.order")
        st.caption(
            f"Median over {PARTICLES} particles in double precision; the slope is fitted to the last three points that "
            f"stand clear of the yardstick's own error, {doubt:.1g}. ± is the fit's standard error."
        )


@st.cache_resource(max_entries=16, show_spinner="Following the exact flow")
def measured(_samplers: Any, _grid: Any, _model: Any, key: str, seed: int) -> Any:
    return converge(_samplers, _grid, _model, seed)


VIEW = View("order", "Order", "race-order", draw)
