"""The reverse SDE and the probability flow."""

from __future__ import annotations

from functools import partial

import streamlit as st

from diffviz.config import Choice
from diffviz.estimate import format_estimate
from diffviz.experiments import sde_ode
from diffviz.experiments.problem import Problem
from diffviz.experiments.sde_ode import Ensembles, MarginalDistance, SDEODEComparison, SDEODEConfig
from diffviz.parallel import in_parallel
from diffviz.protocols import Array
from diffviz.recipes import race as recipes
from diffviz.scenes.sde_ode import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

AXIS = Choice({"0": "first", "1": "second"}, label="Coordinate")


def draw(page: Page) -> None:
    """Choose τ and a particle; run both, show both, compare both."""
    form = page.form
    with page.controls:
        problem = setup.choose_problem(page)
        tau = form.field(SDEODEConfig, "tau")
        steps = form.field(SDEODEConfig, "steps")
        particle = form.field(SDEODEConfig, "particle")
        axis = int(form.option("axis", "0", AXIS))
    with page.figure:
        config = SDEODEConfig(problem, tau, particle, steps)
        comparison = _comparison(config)
        player.show(compose(comparison, axis), key="player.sde-ode", code=script(recipes.sde_ode, config, axis))
        st.markdown(table(comparison.ensembles.marginals))
        st.caption(
            f"Sliced W₂ of {sde_ode.PARTICLES:,} particles to as many fresh draws of $q_t$, in both coordinates. "
            f"Real to real: mean over {sde_ode.PAIRS} pairs of draws ± its standard error. Single pairs: within one "
            "standard deviation of that mean; a distance in there, or below, cannot be told from that of real draws."
        )


def table(marginals: tuple[MarginalDistance, ...]) -> str:
    """The distances as a Markdown table."""
    rows = ["| $t$ | flow to $q_t$ | SDE to $q_t$ | real to real | single pairs |", "|---:|---:|---:|---:|---:|"]
    for m in marginals:
        low, high = m.floor.band
        floor = format_estimate(m.floor.mean, m.floor.error)
        rows.append(f"| {m.t:.3f} | {m.ode:.3f} | {m.sde:.3f} | {floor} | {low:.3f} to {high:.3f} |")
    return "\n".join(rows)


@cached("Running the process", usual=1)
def _process(problem: Problem, tau: float, steps: int) -> Array:
    return sde_ode.run_process(problem, tau, steps)


@cached("Comparing the SDE and the flow", usual=2)
def _ensembles(problem: Problem, tau: float, steps: int) -> Ensembles:
    ode, sde = _process.starmap((problem, noise, steps) for noise in (0.0, tau))
    return sde_ode.compare_ensembles(problem, ode, sde)


@cached("Running the SDE and the flow", usual=1.5)
def _comparison(config: SDEODEConfig) -> SDEODEComparison:
    run = partial(_ensembles, config.problem, config.tau, config.steps)
    ensembles, fan = in_parallel(run, partial(sde_ode.run_fan, config))
    return sde_ode.follow_particle(config, ensembles, fan)


VIEW = View("sde-ode", "SDE and ODE", "race-sde-ode", draw, presented=("sde-ode.tau", "sde-ode.steps"))
