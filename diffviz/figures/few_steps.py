"""Solvers and students at few calls: distance over calls, and over what their training cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffviz.figures.chart import Axis, Chart, Rule, Series
from diffviz.figures.look import looking_like

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.standings import Standing, Standings


def over_calls(standings: Standings) -> Chart:
    """A line for each, with error bars and the floor; both axes logarithmic."""
    calls = tuple(sorted({one.calls for one in standings.everybody}))
    lines = tuple(
        _series(standings, title, [one for one in standings.everybody if one.title == title], lambda one: one.calls)
        for title in standings.titles
    )
    return Chart(
        f"{standings.measure} to real data over network calls",
        Axis("network calls", log=True, limits=(0.9 * calls[0], 1.12 * calls[-1]), ticks=calls),
        Axis(standings.measure, log=True),
        lines,
        (_floor(standings),),
        caption=f"Bars: {standings.bars}. Grey: real data against real data.",
    )


def over_cost(standings: Standings, calls: int) -> Chart:
    """A point for each at so many calls, over the seconds of its training beyond the network."""
    at = standings.at(calls)
    most = max(one.trained for one in at) or 1.0
    return Chart(
        f"{standings.measure} at {calls} call{'s' * (calls != 1)} over the cost of training",
        Axis("CPU seconds of training beyond the network", limits=(-0.05 * most, 1.08 * most)),
        Axis(standings.measure, log=True),
        tuple(_series(standings, one.title, [one], lambda one: one.trained) for one in at),
        (_floor(standings),),
        caption=f"Bars: {standings.bars}. Solvers need no training beyond the network.",
    )


def _series(standings: Standings, title: str, points: Sequence[Standing], place: Callable[[Standing], float]) -> Series:
    """Points by rising place, in the look of this title."""
    points = sorted(points, key=place)
    x = np.array([place(one) for one in points], dtype=float)
    y = np.array([one.distance for one in points])
    bars = np.array([one.half if np.isfinite(one.half) else 0.0 for one in points])
    return looking_like(title, Series(title, x, y, bars)).placed(standings.titles.index(title))


def _floor(standings: Standings) -> Rule:
    return Rule("real against real", standings.floor, standings.floor_half)
