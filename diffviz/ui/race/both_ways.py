"""Both ways: data encoded to noise, decoded again, and paths between two latents."""

from __future__ import annotations

from operator import attrgetter

import streamlit as st

from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.round_trips import (
    LatentPaths,
    LatentPathsConfig,
    RoundTripsConfig,
    RoundTripsResult,
    follow_latent_paths,
    measure_round_trips,
)
from diffviz.recipes import race as recipes
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS
from diffviz.scenes.round_trips import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose a solver and two points; run, show, count what is lost."""
    form = page.form
    with page.controls:
        problem = setup.choose_problem(page)
        sampler = form.pick(
            "Sampler",
            PROBABILITY_FLOW_SAMPLERS,
            "sampler",
            "dpmpp-2m",
            attrgetter("noise_parameters"),
            families=FAMILY_OF,
        )
        grid = setup.choose_grid(page.shared)
        calls = form.field(LatentPathsConfig, "calls")
        first = form.field(LatentPathsConfig, "first", name="from")
        second = form.field(LatentPathsConfig, "second", name="to")
    with page.figure:
        config = LatentPathsConfig(problem, sampler, grid, calls, first, second)
        player.show(compose(_latent_paths(config)), key="player.both-ways", code=script(recipes.both_ways, config))
        st.markdown(table(_round_trips(RoundTripsConfig(problem, sampler, grid))))


def table(result: RoundTripsResult) -> str:
    """The errors as a Markdown table."""
    rows = ["| calls each way | round-trip error (RMS) |", "|---:|---:|"]
    return "\n".join(rows + [f"| {error.nfe / 2:g} | {error.rms:.2g} |" for error in result.errors])


@cached("Encoding and decoding", usual=0.5)
def _latent_paths(config: LatentPathsConfig) -> LatentPaths:
    return follow_latent_paths(config)


@cached("Measuring round trips", usual=1)
def _round_trips(config: RoundTripsConfig) -> RoundTripsResult:
    return measure_round_trips(config)


VIEW = View("both-ways", "Both ways", "race-both-ways", draw, presented=("both-ways.sampler", "both-ways.calls"))
