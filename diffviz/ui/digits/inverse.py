"""Inverse problems: digits completed from what is known of them."""

from __future__ import annotations

from dataclasses import replace

from diffviz.config import Choice
from diffviz.experiments.digits.inverse import METHODS, InverseConfig, run_inverse
from diffviz.recipes import digits as recipes
from diffviz.scenes.digits.inverse import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.digits import half_digit, setup
from diffviz.ui.shell import Page, View

OWN = "own-half"
_MEASURED = InverseConfig.parameter("problem").domain
assert isinstance(_MEASURED, Choice)
PROBLEM = replace(_MEASURED, options={**_MEASURED.options, OWN: "Your own half digit"})
STEPS, MOVES = 50, 4  # at most: together they are 250 calls

solved = cached("Sampling what is likely, given what is known", usual=3)(run_inverse)


def draw(page: Page) -> None:
    """Choose a problem and digits; sample, show."""
    with page.controls:
        problem = page.form.option("problem", "upper", PROBLEM)
    if problem == OWN:
        half_digit.draw(page)
        return
    with page.controls:
        choices = {"problem": problem} | {name: page.form.field(InverseConfig, name) for name in ("method", "first")}
        choices["steps"] = page.form.field(InverseConfig, "steps", most=STEPS)
        still = not METHODS[choices["method"]].moves
        choices["moves"] = page.form.field(InverseConfig, "moves", most=MOVES, disabled=still)
        choices["seed"] = page.form.field(InverseConfig, "seed")
    with page.figure:
        config = InverseConfig(**choices, images=setup.digits())
        player.show(compose(solved(config)), key="digits.player", code=script(recipes.inverse, config))


VIEW = View("inverse", "Inverse problems", "digits-inverse", draw, presented=("inverse.problem", "inverse.method"))
