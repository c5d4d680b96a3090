"""The step grid editor: drag five inner times and see what it does."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diffviz.config import ConfigError
from diffviz.grids import HandPlaced, Karras, QuadraticTime, UniformLogSNR, UniformTime
from diffviz.protocols import Array, Schedule
from diffviz.samplers import SAMPLERS
from diffviz.scenes.race import Lane, compose
from diffviz.scenes.ranking import ranking
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.race.panes import race
from diffviz.ui.shell import Page, View

INNER = 5
OTHERS = (UniformTime(), QuadraticTime(), UniformLogSNR(), Karras())
EVEN = tuple((k + 1) / (INNER + 1) for k in range(INNER))


def draw(page: Page) -> None:
    """Edit the grid, run it beside the standard ones, rank them."""
    form = page.form
    with page.controls:
        base = setup.choose(page)
        sampler = form.pick("Sampler", SAMPLERS, "solver", "dpmpp-2m")
        slug = setup.metric(page)
        key, fixed = form.free("shares", _written(EVEN), _checked)
    schedule = base.model.schedule
    with page.figure:
        shares = player.steps(f"editor.{key}", _read(fixed), scale(schedule), others(schedule))
        form.keep("shares", _written(shares), _written(EVEN))
        lanes = [Lane(sampler, grid, INNER + 1) for grid in (HandPlaced(shares=shares), *OTHERS)]
        found = [race(lane, base, slug) for lane in lanes]
        st.markdown(ranking(found, base.floor(slug), base.real, base.mixture))
        player.show(compose(found, base.real[0], schedule), key="player.steps")


def scale(schedule: Schedule) -> dict[str, Array]:
    """t, σ and λ along the axis of the editor."""
    share = np.linspace(0.0, 1.0, 201)
    ends = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
    lam = ends[0] + share * (ends[1] - ends[0])
    t = schedule.time_of(lam)
    return {"share": share, "t": t, "sigma": schedule.sigma(t), "lam": lam}


def others(schedule: Schedule) -> dict[str, Array]:
    """Where the standard grids place the same number of inner times, as shares of the way in λ."""
    ends = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
    found = {grid.title: schedule.lam(grid.times(schedule, INNER + 1)[1:-1]) for grid in OTHERS}
    return {title: (lam - ends[0]) / (ends[1] - ends[0]) for title, lam in found.items()}


def _written(shares: tuple[float, ...]) -> str:
    return "-".join(f"{round(1000 * share):03d}" for share in shares)


def _read(text: str) -> tuple[float, ...]:
    return tuple(int(part) / 1000 for part in text.split("-"))


def _checked(text: str) -> str:
    try:
        shares = _read(text)
        HandPlaced(shares=shares)
    except (ValueError, ConfigError):
        raise ConfigError(f"The steps {text!r} are no {INNER} rising shares.") from None
    if len(shares) != INNER:
        raise ConfigError(f"The steps {text!r} are no {INNER} rising shares.")
    return text


VIEW = View("steps", "Step grid", "race-steps", draw)
