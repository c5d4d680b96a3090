"""Guidance: digits that were asked for, and the plane, where guidance is exact."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from diffviz.config import Choice, Flag
from diffviz.data import DATASETS, MixtureDataset
from diffviz.experiments.digits.guidance import DIGITS, KINDS, GuidanceConfig, run_guidance
from diffviz.experiments.digits.measured import guidance_trade_off
from diffviz.experiments.exact_guidance import ExactGuidanceConfig, run_exact_guidance
from diffviz.figures import guidance
from diffviz.recipes import digits as recipes
from diffviz.scenes import exact_guidance
from diffviz.scenes.digits.guidance import compose
from diffviz.source_code import script
from diffviz.ui import chart, player
from diffviz.ui.cache import cached
from diffviz.ui.explained import explained
from diffviz.ui.shell import Page, View

LOOK = Choice({"digits": "Digits by class", "plane": "Exact, in the plane", "trade": "Fidelity and diversity"}, "Look")
MIXTURES = {slug: kind for slug, kind in DATASETS.items() if issubclass(kind, MixtureDataset)}
LABEL = Choice({"0": "1", "1": "2", "2": "3"}, "Class")
ASKED = Choice({"all": "All ten", **{str(k): str(k) for k in DIGITS}}, "Digit")
SHOWN, ACROSS = 20, 10
STEPS = 30  # at most, so that no choice takes more than a few seconds

guided = cached("Sampling guided digits", usual=3)(run_guidance)
guided_exactly = cached("Guiding, and drawing what is promised", usual=1)(run_exact_guidance)


def draw(page: Page) -> None:
    """One of three looks."""
    with page.controls:
        look = page.form.option("look", "digits", LOOK)
    {"digits": _digits, "plane": _plane, "trade": _trade}[look](page)


def _digits(page: Page) -> None:
    form = page.form
    with page.controls:
        st.caption("Guidance", help="\n\n".join(map(explained, KINDS.values())))  # in a switch no tap would open it
        chosen = [slug for slug, kind in KINDS.items() if form.flag(slug, slug != "classifier-ddim", Flag(kind.title))]
        scale = form.field(GuidanceConfig, "scale")
        asked = form.option("asked", "all", ASKED)
        steps = form.field(GuidanceConfig, "steps", most=STEPS)
        low, high, seed = (form.field(GuidanceConfig, name) for name in ("low", "high", "seed"))
    digits = DIGITS if asked == "all" else (int(asked),)
    labels = digits * (SHOWN // len(digits))
    with page.figure:
        kinds = chosen or ["free"]
        configs = [_heeded(GuidanceConfig(kind, scale, low, high, steps, seed, labels)) for kind in kinds]
        code = script(recipes.guidance, configs, ACROSS)
        player.show(compose(guided.starmap(zip(configs)), ACROSS), key="digits.player", code=code)


def _heeded(config: GuidanceConfig) -> GuidanceConfig:
    """The same with the default interval where none is heeded, so that a move of it does not run that pane again."""
    plain = GuidanceConfig()
    return config if KINDS[config.kind].has_interval else replace(config, low=plain.low, high=plain.high)


def _plane(page: Page) -> None:
    form = page.form
    with page.controls:
        mixture = form.pick("Mixture", MIXTURES, "mixture", "ring")
        label = int(form.option("class", "0", LABEL))
        scale = form.field(ExactGuidanceConfig, "scale")
        seed = form.field(ExactGuidanceConfig, "seed")
    with page.figure:
        config = ExactGuidanceConfig(mixture, label, scale, seed)
        scene = exact_guidance.compose(guided_exactly(config))
        player.show(scene, key="digits.player", code=script(recipes.exact_guidance, config))


def _trade(page: Page) -> None:
    with page.figure:
        for column, drawn in zip(st.columns(3), guidance.compose(guidance_trade_off()), strict=True):
            with column:
                chart.show(drawn, key=f"guidance.{drawn.title}", code=script(recipes.trade_off))


VIEW = View("guidance", "Guidance", "digits-guidance", draw, presented=("guidance.asked", "guidance.scale"))
