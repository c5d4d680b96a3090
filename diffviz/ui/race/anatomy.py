"""Solver anatomy: every network call of a few steps, and where a step's error comes from."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.solver_calls import SolverCallsConfig, SolverCallsResult, measure_solver_calls
from diffviz.experiments.step_errors import PARTICLES, StepErrorsConfig, StepErrorsResult, measure_step_errors
from diffviz.recipes import race as recipes
from diffviz.samplers import SAMPLERS
from diffviz.scenes.anatomy import LENGTH, SHORTEST, compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddim", "flow-heun", "dpm-2", "dpmpp-2m")
EXACT = 1e-9  # what rounding leaves of an error that is none


def draw(page: Page) -> None:
    """Choose solvers and a particle, take the runs apart."""
    form = page.form
    with page.controls:
        problem = setup.choose_problem(page, setup.FEW)
        slugs = form.several("Samplers", SAMPLERS, "samplers", DEFAULTS, most=4, families=FAMILY_OF)
        grid = setup.choose_grid(page.shared)
        steps = form.field(SolverCallsConfig, "steps")
        particle = form.field(SolverCallsConfig, "particle")
    samplers = tuple(SAMPLERS[slug]() for slug in slugs)
    with page.figure:
        config = SolverCallsConfig(problem, samplers, grid, steps, particle)
        player.show(compose(_solver_calls(config)), key="player.anatomy", code=script(recipes.anatomy, config))
        st.caption(
            "Dotted: the exact flow. Dots: nodes. Arrows: a network call each, where it was made, red for the call "
            f"of the moment and grey for earlier ones. An arrow is the flow's slope over {LENGTH:.0%} of the step, but "
            f"never drawn shorter than {SHORTEST:.0%} of the pane's height."
        )
        result = _step_errors(StepErrorsConfig(problem, samplers, grid, steps))
        if result.errors:
            st.markdown("#### Where a step's error comes from")
            st.markdown(table(result))
            st.caption(f"Root mean square over all steps and {PARTICLES} particles, each step begun on the exact flow.")
        if len(result.errors) < len(samplers):
            st.caption("Only a deterministic step on the grid, which no later call corrects, has an error of its own.")


def table(result: StepErrorsResult) -> str:
    """The errors as root mean squares over steps and particles: a Markdown table."""
    rows = ["| sampler | calls a step | linear part | network's part | whole step |", "|---|---:|---:|---:|---:|"]
    for sampler, errors in result.errors:
        total, linear, network = (float(np.sqrt(np.mean(part**2))) for part in errors)
        exact = "0 (exact)" if linear < EXACT else f"{linear:.2g}"
        rows.append(f"| {sampler.title} | {sampler.cost} | {exact} | {network:.2g} | {total:.2g} |")
    return "\n".join(rows)


@cached("Asking the network step by step", usual=0.3)
def _solver_calls(config: SolverCallsConfig) -> SolverCallsResult:
    return measure_solver_calls(config)


@cached("Following the exact flow", usual=1)
def _step_errors(config: StepErrorsConfig) -> StepErrorsResult:
    return measure_step_errors(config)


VIEW = View("anatomy", "Anatomy", "race-anatomy", draw, presented=("anatomy.steps", "anatomy.particle"))
