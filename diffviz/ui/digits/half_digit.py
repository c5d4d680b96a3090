"""A person's own half digit, completed five ways."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.digits.half_digit import HalfDigitConfig, complete_half, ink_of
from diffviz.scenes.digits.half_digit import compose
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.shell import Page

STEPS = 50  # at most
_KEPT = "digits:half"

completed = cached("Sampling what the other half may be", usual=2)(complete_half)


def draw(page: Page) -> None:
    """Choose which half is written; write, sample, show."""
    with page.controls:
        choices = {name: page.form.field(HalfDigitConfig, name) for name in ("half", "seed")}
        choices["steps"] = page.form.field(HalfDigitConfig, "steps", most=STEPS, name="half-steps")
    with page.figure:
        left, right = st.columns([1, 2.2], gap="medium")
        with left.container(key="over-cover-half"):
            points = player.pad("digits:half-pad", st.session_state.get(_KEPT), keep=choices["half"])
            st.session_state[_KEPT] = points  # the pad itself forgets at a change of page
            st.caption("A link does not hold what is written.")
        with right:
            if points is None or len(points) == 0:
                st.markdown("Write half a digit on the pad: the network completes it five ways when the pen is lifted.")
                return
            result = completed(HalfDigitConfig(ink_of(points, player.REACH), **choices))
            player.show(compose(result), key="digits.half.player")
