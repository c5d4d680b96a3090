"""The step grid editor: drag five inner times and see what it does."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diffviz.config import ConfigError, quoted
from diffviz.experiments.lane import Lane
from diffviz.grids import HandPlaced, Karras, QuadraticTime, UniformLogSNR, UniformTime
from diffviz.protocols import Array, Schedule
from diffviz.samplers import SAMPLERS
from diffviz.scenes.race import compose
from diffviz.ui import player
from diffviz.ui.race import lanes, setup, tables
from diffviz.ui.shell import Page, View

INNER = 5
STANDARD = (UniformTime(), QuadraticTime(), UniformLogSNR(), Karras())
EVEN = tuple((k + 1) / (INNER + 1) for k in range(INNER))


def draw(page: Page) -> None:
    """Edit the grid, run it beside the standard ones, rank them."""
    form = page.form
    with page.controls:
        problem = setup.choose_problem(page)
        sampler = form.pick("Sampler", SAMPLERS, "sampler", "dpmpp-2m")
        metric = setup.choose_metric(page)
    key, start = form.free("shares", _as_text(EVEN), _checked)
    schedule = problem.model.schedule
    with page.figure:
        shares = player.steps(f"editor.{key}", _from_text(start), axis_values(schedule), standard_shares(schedule))
        form.keep("shares", _as_text(shares), _as_text(EVEN))
        grids = (HandPlaced(shares=shares), *STANDARD)
        result = lanes.race(problem, [Lane(sampler, grid, INNER + 1, problem.source) for grid in grids], metric)
        player.show(compose(result, columns=len(grids)), key="player.steps")  # one row, so that all stand in sight
        st.markdown(tables.ranking(result))
        st.caption(tables.ranking_caption(result))


def axis_values(schedule: Schedule) -> dict[str, Array]:
    """t, σ and λ along the axis of the editor, which is even in λ."""
    share = np.linspace(0.0, 1.0, 201)
    noise, data = _lam_ends(schedule)
    lam = noise + share * (data - noise)
    t = schedule.time_of(lam)
    return {"share": share, "t": t, "sigma": schedule.sigma(t), "lam": lam}


def standard_shares(schedule: Schedule) -> dict[str, Array]:
    """Where the standard grids place the same number of inner times, as shares of the way in λ."""
    noise, data = _lam_ends(schedule)
    inner = {grid.title: schedule.lam(grid.times(schedule, INNER + 1)[1:-1]) for grid in STANDARD}
    return {title: (lam - noise) / (data - noise) for title, lam in inner.items()}


def _lam_ends(schedule: Schedule) -> Array:
    return schedule.lam(np.array([schedule.t_max, schedule.t_min]))


def _as_text(shares: tuple[float, ...]) -> str:
    return "-".join(f"{round(1000 * share):03d}" for share in shares)


def _from_text(text: str) -> tuple[float, ...]:
    return tuple(int(part) / 1000 for part in text.split("-"))


def _checked(text: str) -> str:
    try:
        shares = _from_text(text)
        HandPlaced(shares=shares)
        fits = len(shares) == INNER
    except (ValueError, ConfigError):
        fits = False
    if not fits:
        raise ConfigError(f"The steps {quoted(text)} are no {INNER} rising shares.")
    return text


VIEW = View("steps", "Step grid", "race-steps", draw, presented=("steps.sampler", "seed"))
