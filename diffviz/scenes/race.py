"""The race: samplers side by side on one clock, each with its calls and its distance from the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffviz.estimate import format_estimate
from diffviz.player import Pane, Points, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.race import LaneResult, RaceResult

TRAILS, MARKS = 40, (0, 1)
EXTENT = (-2.7, 2.7, -2.7, 2.7)


def compose(result: RaceResult) -> Scene:
    """A pane a lane, over the data, on a clock even in t; titled by what tells the lanes apart."""
    lanes = result.lanes
    one_sampler = len({repr(lane.lane.sampler) for lane in lanes}) == 1 < len(lanes)
    titles = [lane.lane.grid.title if one_sampler else lane.lane.title for lane in lanes]
    one_clock = len({lane.t_range for lane in lanes}) == 1
    return Scene(
        [_pane(lane, title, result.real[0]) for lane, title in zip(lanes, titles, strict=True)],
        columns=3 if len(lanes) in (3, 5, 6) else 2,
        clock_values=lanes[0].t_range if one_clock else None,
        clock_label="t",
        seconds=6.0,
        marks=MARKS,
        description="The same noise turned into data by "
        + ", ".join(lane.lane.title for lane in lanes)
        + ", on one clock.",
    )


def _pane(result: LaneResult, title: str, real: Array) -> Pane:
    x = result.x
    layers: list[Layer] = [
        Points(real[None], color="data", size=1.2, opacity=0.25, follow=False),
        Trails(x, ids=range(TRAILS), color="model", width=0.8, opacity=0.25),
        Points(x, color="model", size=1.5, opacity=0.75),
        *(Points(_nodes(x[:, mark]), color=f"mark-{k + 1}", size=2.4, follow=False) for k, mark in enumerate(MARKS)),
    ]
    return Pane(layers, title=title, note=note(result), extent=EXTENT, clock=result.clock)


def _nodes(path: Array) -> Array:
    """The nodes visited so far (F, F, 2) of one path (F, 2): those to come are nowhere yet."""
    visited = np.tile(path, (len(path), 1, 1))
    visited[np.triu_indices(len(path), 1)] = math.nan
    return visited


def note(result: LaneResult) -> str:
    """Calls as counted, the grid, and the distance with its standard error."""
    return f"{result.nfe} calls · {result.lane.grid.title} · {format_estimate(result.distance, result.error)}"
