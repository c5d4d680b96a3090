"""Inverse problems: digits completed from what is known of them."""

from __future__ import annotations

from diffviz.experiments.digits.inverse import METHODS, InverseConfig, run_inverse
from diffviz.scenes.digits.inverse import compose
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

STEPS, MOVES = 50, 4  # at most: together they are 250 calls

solved = cached("Sampling what is likely, given what is known", usual=3)(run_inverse)


def draw(page: Page) -> None:
    """Choose a problem and digits; sample, show."""
    with page.controls:
        choices = {name: page.form.field(InverseConfig, name) for name in ("problem", "method", "first")}
        choices["steps"] = page.form.field(InverseConfig, "steps", most=STEPS)
        still = not METHODS[choices["method"]].moves
        choices["moves"] = page.form.field(InverseConfig, "moves", most=MOVES, disabled=still)
        choices["seed"] = page.form.field(InverseConfig, "seed")
    with page.figure:
        player.show(compose(solved(InverseConfig(**choices, images=setup.digits()))), key="digits.player")


VIEW = View("inverse", "Inverse problems", "digits-inverse", draw, presented=("inverse.problem", "inverse.method"))
