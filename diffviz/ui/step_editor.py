"""The step grid editor on a page: inner steps dragged along the axis of lambda, kept in the link."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from diffviz.config import ConfigError, quoted
from diffviz.grids import Grid, HandPlaced, Karras, QuadraticTime, UniformLogSNR, UniformTime
from diffviz.protocols import Array, Schedule
from diffviz.ui import player
from diffviz.ui.form import Form

STANDARD: tuple[Grid, ...] = (UniformTime(), QuadraticTime(), UniformLogSNR(), Karras())


def edit(form: Form, schedule: Schedule, inner: int, others: Sequence[Grid] = STANDARD) -> tuple[float, ...]:
    """Draw the editor of so many inner steps over the ticks of other grids; the shares of the way in lambda."""
    even = tuple((k + 1) / (inner + 1) for k in range(inner))
    key, start = form.free("shares", _as_text(even), partial(_checked, inner))
    shares = player.steps(f"editor.{key}", _from_text(start), axis_values(schedule), shares_of(others, schedule, inner))
    form.keep("shares", _as_text(shares), _as_text(even))
    return shares


def axis_values(schedule: Schedule) -> dict[str, Array]:
    """t, σ and λ along the axis of the editor, which is even in λ."""
    share = np.linspace(0.0, 1.0, 201)
    noise, data = _lam_ends(schedule)
    lam = noise + share * (data - noise)
    t = schedule.time_of(lam)
    return {"share": share, "t": t, "sigma": schedule.sigma(t), "lam": lam}


def shares_of(grids: Sequence[Grid], schedule: Schedule, inner: int) -> dict[str, Array]:
    """Where grids place so many inner times, as shares of the way in λ."""
    noise, data = _lam_ends(schedule)
    placed = {grid.title: schedule.lam(grid.times(schedule, inner + 1)[1:-1]) for grid in grids}
    return {title: (lam - noise) / (data - noise) for title, lam in placed.items()}


def _lam_ends(schedule: Schedule) -> Array:
    return schedule.lam(np.array([schedule.t_max, schedule.t_min]))


def _as_text(shares: tuple[float, ...]) -> str:
    return "-".join(f"{round(1000 * share):03d}" for share in shares)


def _from_text(text: str) -> tuple[float, ...]:
    return tuple(int(part) / 1000 for part in text.split("-"))


def _checked(inner: int, text: str) -> str:
    try:
        shares = _from_text(text)
        HandPlaced(shares=shares)
        fits = len(shares) == inner
    except (ValueError, ConfigError):
        fits = False
    if not fits:
        raise ConfigError(f"The steps {quoted(text)} are no {inner} rising shares.")
    return text
