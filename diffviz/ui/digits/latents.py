"""Latents: real digits encoded and decoded, two interpolated, and one latent decoded in many step counts."""

from __future__ import annotations

from operator import attrgetter

from diffviz.config import Choice
from diffviz.experiments.digits.latents import (
    STEP_COUNTS,
    DigitRoundTripConfig,
    StepCountsConfig,
    run_digit_round_trip,
    run_step_counts,
)
from diffviz.experiments.families import FAMILY_OF
from diffviz.grids import Grid
from diffviz.recipes import digits as recipes
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS, Sampler
from diffviz.scenes.digits.latents import round_trip, step_counts
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

CALLS = 50  # at most each way, so that no choice takes more than a few seconds
LOOK = Choice({"ways": "To noise and back", "counts": "Same latent, more steps"}, "Look")

travelled = cached("Encoding and decoding", usual=2)(run_digit_round_trip)
decoded = cached(f"Decoding the same latents in {min(STEP_COUNTS)} to {max(STEP_COUNTS)} steps", usual=2)(
    run_step_counts
)


def draw(page: Page) -> None:
    """A solver and a grid, and one of two looks."""
    form = page.form
    with page.controls:
        look = form.option("look", "ways", LOOK)
        sampler = form.pick(
            "Sampler", PROBABILITY_FLOW_SAMPLERS, "flow", "ddim", attrgetter("noise_parameters"), families=FAMILY_OF
        )
        grid = form.pick("Grid", setup.SPACINGS, "grid", "uniform")
    {"ways": _ways, "counts": _counts}[look](page, sampler, grid)


def _ways(page: Page, sampler: Sampler, grid: Grid) -> None:
    with page.controls:
        calls = page.form.field(DigitRoundTripConfig, "calls", most=CALLS)
        first = page.form.field(DigitRoundTripConfig, "first", name="from")
        second = page.form.field(DigitRoundTripConfig, "second", name="to")
    with page.figure:
        config = DigitRoundTripConfig(sampler, grid, calls, first, second, setup.digits())
        player.show(round_trip(travelled(config)), key="digits.player", code=script(recipes.round_trip, config))


def _counts(page: Page, sampler: Sampler, grid: Grid) -> None:
    with page.controls:
        seed = page.form.field(StepCountsConfig, "seed")
    with page.figure:
        config = StepCountsConfig(sampler, grid, seed)
        player.show(step_counts(decoded(config)), key="digits.player", code=script(recipes.step_counts, config))


VIEW = View("latents", "Latents", "digits-latents", draw, presented=("latents.look", "latents.calls"))
