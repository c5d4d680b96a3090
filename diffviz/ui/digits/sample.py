"""Sampling: one sampler from inside, or several side by side from the same noise."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.data import MNIST
from diffviz.experiments.digits.counting import (
    COUNTED,
    DigitCount,
    counted_batches,
    real_digits,
    summarize_counts,
)
from diffviz.experiments.digits.images import digits_at_hand
from diffviz.experiments.digits.sampling import DigitLaneConfig, run_digit_lane
from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.lane import Lane
from diffviz.figures.numerals import MINUS
from diffviz.recipes import digits as recipes
from diffviz.samplers import SAMPLERS
from diffviz.scenes.digits.sampling import inside, side_by_side
from diffviz.source_code import script
from diffviz.ui import background, player
from diffviz.ui.cache import cached
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

STEPPED = {slug: kind for slug, kind in SAMPLERS.items() if not kind.adaptive}
DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "analytic", "dpmpp-3m")
CALLS = Range(2, 200, label="Network calls each", log=True, help="What every pane may spend; steps follow from it.")
COUNT = Choice({count: count for count in ("16", "25", "36", "64")}, "Digits")
LOOK = Choice({"inside": "One from inside", "side": "Side by side"}, "Look")

digit_lane = cached("Sampling digits", usual=2)(run_digit_lane)


def draw(page: Page) -> None:
    """Choose, sample, show; count many more in the background."""
    form = page.form
    with page.controls:
        look = form.option("look", "inside", LOOK)
        count = int(form.option("digits", "25", COUNT))
        calls = form.number("nfe", 20, CALLS, int)
        seed = form.field(DigitLaneConfig, "seed")
        panes = 1 if look == "inside" else form.number("panes", 3, Range(2, 6, label="Panes"), int)
        grid = form.pick("Grid", setup.SPACINGS, "grid", "uniform")
    with page.figure:
        stage, choices, configs = st.container(), st.container(key="over-cover-panes"), []
        for row in range(0, panes, 3):
            for i, column in enumerate(choices.columns(3)[: panes - row], row):
                with column:
                    first = "dpmpp-2m" if look == "inside" else DEFAULTS[i]
                    name = "sampler" if look == "inside" else f"pane{i + 1}"
                    sampler = form.pick("Sampler", STEPPED, name, first, families=FAMILY_OF)
                lane = Lane(sampler, grid, sampler.steps_for(calls))
                images = digits_at_hand() if sampler.measures else MNIST()  # others are given none
                configs.append(DigitLaneConfig(lane, count, seed, images))
        results = digit_lane.starmap(zip(configs))
        with stage:
            if look == "inside":
                scene, code = inside(results[0]), script(recipes.inside, configs[0])
            else:
                scene, code = side_by_side(results), script(recipes.side_by_side, configs)
            player.show(scene, key="digits.player", code=code)
        show_counts(configs)


def show_counts(configs: Sequence[DigitLaneConfig]) -> None:
    """A table of what COUNTED digits of each lane are like, which fills while they are drawn."""
    titles = [config.lane.title for config in configs]
    counting = background.held("digits", repr(configs), lambda: counted_batches(configs))
    background.watch(counting, lambda batches: st.markdown(table(titles, summarize_counts(batches, len(configs)))))


def table(titles: Sequence[str], counts: Sequence[DigitCount | None]) -> str:
    """Markdown: of each lane how many digits are counted, the share of clear ones, and the mean pixel."""
    rows = [f"| {COUNTED} of each | counted | clear | mean pixel |", "|---|---:|---:|---:|"]
    for title, known in (*zip(titles, counts, strict=True), ("*real test digits*", real_digits())):
        if known is None:
            rows.append(f"| {title} | 0 | | |")
        else:
            share = f"{known.clear.mean:.1%} ± {known.clear.error:.1%}"
            rows.append(f"| {title} | {known.counted:,} | {share} | {known.pixel:.2f} |")
    return "\n".join(rows).replace("| -", f"| {MINUS}")


VIEW = View("sample", "Sample", "digits", draw, presented=("sample.look", "sample.nfe"))
