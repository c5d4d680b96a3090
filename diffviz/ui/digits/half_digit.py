"""A person's own half digit, completed five ways."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.digits.half_digit import HalfDigitConfig, complete_half, ink_of
from diffviz.scenes.digits.half_digit import compose
from diffviz.ui import drawing, own_points, player
from diffviz.ui.cache import cached
from diffviz.ui.shell import Page

STEPS = 50  # at most

completed = cached("Sampling what the other half may be", usual=2)(complete_half)


def draw(page: Page) -> None:
    """Choose which half is written; write, sample, show."""
    with page.controls:
        choices = {name: page.form.field(HalfDigitConfig, name) for name in ("half", "seed")}
        choices["steps"] = page.form.field(HalfDigitConfig, "steps", most=STEPS, name="half-steps")
    with page.figure:
        left, right = st.columns([1, 2.2], gap="medium")
        with left.container(key="over-cover-half"):
            points = own_points.on_pad(page.form, "digits", keep=choices["half"])
        with right:
            if points is None:
                st.markdown("Write half a digit on the pad: the network completes it five ways when the pen is lifted.")
                return
            result = completed(HalfDigitConfig(ink_of(drawing.snapped(points), player.REACH), **choices))
            player.show(compose(result), key="digits.half.player")
