"""The race: samplers side by side on one clock, each with its calls and its distance from the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffviz.estimate import format_estimate, format_seconds
from diffviz.player import Pane, Points, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.race import LaneResult, RaceResult

TRAILS, MARKS = 40, (0, 1)
EXTENT = (-2.7, 2.7, -2.7, 2.7)


def compose(result: RaceResult, columns: int | None = None, budget: int = 0) -> Scene:
    """A pane a lane, over the data, on a clock even in t; titled by what tells the lanes apart.

    columns: panes in a row, else two or three. budget: calls that each lane might make, of which some make fewer.
    """
    lanes = result.lanes
    one_sampler = len({repr(lane.lane.sampler) for lane in lanes}) == 1 < len(lanes)
    titles = [(one_sampler and lane.lane.where) or lane.lane.title for lane in lanes]
    one_clock = len({lane.t_range for lane in lanes}) == 1
    return Scene(
        [
            _pane(lane, title, _note(lane, one_sampler, budget), result.real[0])
            for lane, title in zip(lanes, titles, strict=True)
        ],
        columns=columns or (3 if len(lanes) in (3, 5, 6) else 2),
        clock_values=lanes[0].t_range if one_clock else None,
        clock_label="t",
        seconds=6.0,
        marks=MARKS,
        description="The same noise turned into data by "
        + ", ".join(lane.lane.title for lane in lanes)
        + ", on one clock.",
    )


def _pane(result: LaneResult, title: str, note: str, real: Array) -> Pane:
    x = result.x
    layers: list[Layer] = [
        Points(real[None], color="data", size=1.2, opacity=0.25, follow=False, part="data"),
        Trails(x, ids=range(TRAILS), color="model", width=0.8, opacity=0.25),
        Points(x, color="model", size=1.5, opacity=0.75),
        *(Points(_nodes(x[:, mark]), color=f"mark-{k + 1}", size=2.4, follow=False) for k, mark in enumerate(MARKS)),
    ]
    return Pane(layers, title=title, note=note, extent=EXTENT, clock=result.clock)


def _nodes(path: Array) -> Array:
    """The nodes visited so far (F, F, 2) of one path (F, 2): those to come are nowhere yet."""
    visited = np.tile(path, (len(path), 1, 1))
    visited[np.triu_indices(len(path), 1)] = math.nan
    return visited


def _note(result: LaneResult, grid_above: bool, budget: int) -> str:
    """Calls as counted, the grid unless it is the title or what training cost, and the distance with its error."""
    of = f" of {budget}" if result.nfe < budget else ""
    calls = f"{result.nfe}{of} call{'s' * (result.nfe != 1)}"
    grid = "" if grid_above else result.lane.where
    cost = "" if result.trained is None else f"trained in {format_seconds(result.trained)}"
    return " · ".join(filter(None, [calls, grid, cost, format_estimate(result.distance, result.error)]))
