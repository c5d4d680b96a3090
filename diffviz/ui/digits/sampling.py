"""Sampling: one sampler from inside, or several side by side from the same noise."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.pretrained.digits import classifier
from diffviz.samplers import SAMPLERS
from diffviz.scenes.digits.sampling import Drawing, compare, inside
from diffviz.scenes.digits.sampling import draw as sampled
from diffviz.scenes.race import Lane
from diffviz.ui import player
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

STEPPED = {slug: kind for slug, kind in SAMPLERS.items() if not kind.adaptive}
DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "analytic", "dpmpp-3m")
CALLS = Range(2, 200, label="Network calls each", log=True, help="What every pane may spend; steps follow from it.")
COUNT = {"16": "16", "25": "25", "36": "36", "64": "64"}
LOOK = Choice({"inside": "One from inside", "side": "Side by side"}, "Look")


def draw(page: Page) -> None:
    """Choose, sample, show."""
    form, model = page.form, setup.network()
    with page.controls:
        look = form.option("look", "inside", LOOK)
        count = int(form.option("digits", "25", Choice(COUNT, "Digits")))
        calls = form.number("nfe", 20, CALLS, int)
        seed = form.number("seed", 0, Range(0, 99, label="Seed", help="Of the noise that all panes share."), int)
        panes = 1 if look == "inside" else form.number("panes", 3, Range(2, 6, label="Panes"), int)
        grid = form.pick("Grid", setup.SPACINGS, "grid", "uniform")
    with page.figure:
        stage, lanes = st.container(), []
        for row in range(0, panes, 3):
            for i, column in enumerate(st.columns(3)[: panes - row], row):
                with column:
                    first = "dpmpp-2m" if look == "inside" else DEFAULTS[i]
                    name = "sampler" if look == "inside" else f"pane{i + 1}"
                    sampler = form.pick("Sampler", STEPPED, name, first)
                    lanes.append(Lane(sampler, grid, sampler.steps_for(calls)))
        found = [drawn(lane, repr(lane), count, seed) for lane in lanes]
        with stage:
            scene = inside(found[0], model.schedule) if look == "inside" else compare(found, model.schedule)
            player.show(scene, key="digits.player")
            st.caption(
                f"{found[0].note}: a classifier gives its likeliest digit a probability above 0.9."
                if look == "inside"
                else "Clear: a classifier gives its likeliest digit a probability above 0.9. Of real digits 99 % are."
            )


@st.cache_resource(max_entries=48, show_spinner="Sampling digits")
def drawn(_lane: Lane, key: str, count: int, seed: int) -> Drawing:
    return sampled(_lane, setup.network(), classifier(), (count, 1, 28, 28), seed, lambda: setup.at_hand().points[:500])


VIEW = View("sample", "Sample", "digits", draw)
