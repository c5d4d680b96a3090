"""Home: the swiss-roll figure, already moving, and the doors onward."""

from __future__ import annotations

import streamlit as st

from diffviz.locations import ASSETS
from diffviz.ui import player
from diffviz.ui.shell import Page, View

DOORS = {
    "pages/forward.py": ("Forward SDE", "Scrub data into noise and back, on any schedule."),
    "pages/score.py": ("Score", "Which way noisy data become more likely."),
    "pages/train.py": ("Train live", "Draw a shape and watch a network learn its score."),
    "pages/likelihood.py": ("Likelihood", "How probable data are: the density, the flow, the bound."),
    "pages/race.py": ("Sampler race", "DDPM, DDIM and two dozen more at equal cost."),
    "pages/few_steps.py": ("Few steps", "Students and learned steps: data in one to eight calls."),
    "pages/digits.py": ("Digits", "Train, sample, guide and complete MNIST."),
    "pages/notes.py": ("The notes", "Five lecture notes, each claim derived and measured."),
}


def draw(page: Page) -> None:
    """The figure, and a card a page."""
    with page.figure:
        code = (ASSETS / "home.py").read_text(encoding="utf-8")
        player.show((ASSETS / "home.scene").read_bytes(), key="home.player", code=code)
    doors = page.controls.container(key="doors").columns(len(DOORS), gap="small")
    for place, (target, (title, promise)) in zip(doors, DOORS.items(), strict=True):
        with place.container(border=True):
            st.page_link(target, label=f"**{title} →**")
            st.caption(promise)


VIEW = View("", "Home", "home", draw)
