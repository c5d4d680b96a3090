"""From SDE to ODE: one density on a grid and by particles, with as much noise on the way as one likes."""

from __future__ import annotations

from functools import partial

import streamlit as st

from diffviz.data import Dataset
from diffviz.experiments.likelihood.density import (
    DensityConfig,
    GridDensity,
    compare_density,
    move_particles,
    solve_density,
)
from diffviz.figures.numerals import written
from diffviz.likelihood.fokker_planck import RESOLVED
from diffviz.parallel import in_parallel
from diffviz.recipes import likelihood as recipes
from diffviz.scenes.likelihood.density import compose
from diffviz.schedules import SCHEDULES, GaussianSchedule
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.likelihood.setup import MIXTURES
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose a mixture, a direction and the free noise."""
    form = page.form
    with page.controls:
        dataset = form.pick("Data", MIXTURES, "data", "ring")
        schedule = form.pick("Schedule", SCHEDULES, "schedule", "cosine")
        direction = form.field(DensityConfig, "direction")
        tau = form.field(DensityConfig, "tau", disabled=direction == "forward")
        particles = form.field(DensityConfig, "particles")
        seed = form.field(DensityConfig, "seed")
    tau = 1.0 if direction == "forward" else tau
    config = DensityConfig(dataset, schedule, direction, tau, particles, seed)
    with page.figure:
        player.show(_picture(config), "likelihood.density", code=script(recipes.density, config))
        st.caption(summary(_grid(dataset, schedule, direction, tau)))


def summary(grid: GridDensity) -> str:
    """What was solved, in what time, and how well."""
    cells = grid.density.shape[-1]
    return (
        f"{cells} × {cells} cells over y = x/√(α² + σ²), {grid.seconds:.1f} s of one core. Total variation from the "
        f"closed form: at most {grid.distance.max():.4f}. No cell is negative (least mass {written(grid.lowest, 1)}); "
        f"the walls let nothing pass, and {written(grid.leaked.max(), 1)} lay outside them from the start. Shown from "
        f"t = {grid.t.min():.3f}, where the narrowest component is at least {RESOLVED:g} cells wide."
    )


@cached("Solving Fokker–Planck on a grid", usual=1)
def _grid(dataset: Dataset, schedule: GaussianSchedule, direction: str, tau: float) -> GridDensity:
    return solve_density(dataset, schedule, direction, tau)


@cached("Solving Fokker–Planck on a grid, and moving particles", usual=1.5)
def _picture(config: DensityConfig) -> bytes:
    solve = partial(_grid, config.dataset, config.schedule, config.direction, config.tau)
    grid, moved = in_parallel(solve, partial(move_particles, config))
    return compose(compare_density(config, grid, *moved)).payload()


VIEW = View("density", "From SDE to ODE", "likelihood", draw, presented=("density.direction", "density.tau"))
