"""Who came nearest: the distance of every lane of a race to the data, over what real data have among themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.problem import GROUPS, SIZE
from diffviz.figures.chart import Axis, Chart, Series
from diffviz.figures.floor import band_caption, floor_rule
from diffviz.figures.look import looking_like

if TYPE_CHECKING:
    from diffviz.experiments.race import LaneResult, RaceResult


def compose(result: RaceResult) -> Chart:
    """A dot and a bar for each lane, the nearest on top, and the floor; logarithmic if all distances are positive."""
    lanes, floor = result.ranked, result.floor
    distances = np.array([lane.distance for lane in lanes])
    return Chart(
        "Distance to the data",
        Axis(result.config.metric.title, log=bool(floor.mean > 0 and (distances > 0).all())),
        Axis(categories=tuple(_name(lane, lanes) for lane in lanes)),
        tuple(_dots(title, lanes) for title in dict.fromkeys(lane.lane.title for lane in lanes)),
        (floor_rule(floor),),
        caption=f"Mean over {GROUPS} groups of {SIZE:,} particles; bars and ±: its standard error. "
        + band_caption(floor),
    )


def _dots(title: str, lanes: tuple[LaneResult, ...]) -> Series:
    """A dot for each lane of this title, at its rank."""
    ranks = np.array([rank for rank, lane in enumerate(lanes) if lane.lane.title == title])
    distances = np.array([lanes[rank].distance for rank in ranks])
    bars = np.array([lanes[rank].error if np.isfinite(lanes[rank].distance) else 0.0 for rank in ranks])
    return looking_like(lanes[ranks[0]].lane.sampler.title, Series(title, distances, ranks, bars, dash=None))


def _name(lane: LaneResult, lanes: tuple[LaneResult, ...]) -> str:
    """The lane's sampler, and what else tells it from the others: grid, calls, and whether it diverged."""
    parts = [lane.lane.title]
    if len({other.lane.where for other in lanes if other.lane.where}) > 1 and lane.lane.where:
        parts.append(lane.lane.where)
    if len({other.nfe for other in lanes}) > 1:
        parts.append(f"{lane.nfe} calls")
    if not np.isfinite(lane.distance):
        parts.append("diverged")
    return " · ".join(parts)
