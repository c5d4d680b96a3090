"""The race: samplers side by side on one clock, each with its calls and its distance from the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from diffviz.estimate import format_estimate, format_seconds
from diffviz.player import Pane, Points, Question, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.race import LaneResult, RaceResult

TRAILS, MARKS = 40, (0, 1)
EXTENT = (-2.7, 2.7, -2.7, 2.7)


Distances = Literal["always", "end", "wait"]


def compose(
    result: RaceResult,
    columns: int | None = None,
    budget: int = 0,
    distances: Distances = "always",
    trails: bool = False,
) -> Scene:
    """A pane a lane, over the data, on a clock even in t; titled by what tells the lanes apart.

    columns: panes in a row, else two or three. budget: calls that each lane might make, of which some make fewer.
    distances: shown "always", or at the "end" of the clock and asked for until then, which may "wait" to be started.
    trails: behind some of the particles.
    """
    asks = distances != "always"
    lanes = result.lanes
    one_sampler = len({repr(lane.lane.sampler) for lane in lanes}) == 1 < len(lanes)
    titles = [(one_sampler and lane.lane.where) or lane.lane.title for lane in lanes]
    one_clock = len({lane.t_range for lane in lanes}) == 1
    return Scene(
        [
            Pane(
                _layers(lane, result.real[0], trails),
                title=title,
                note=" · ".join([*_costs(lane, one_sampler, budget), *[_distance(lane)] * (not asks)]),
                outcome=_distance(lane) if asks else "",
                extent=EXTENT,
                clock=lane.clock,
            )
            for lane, title in zip(lanes, titles, strict=True)
        ],
        columns=columns or (3 if len(lanes) in (3, 5, 6) else 2),
        clock_values=lanes[0].t_range if one_clock else None,
        clock_label="t",
        seconds=6.0,
        autoplay=distances != "wait",
        loop=not asks,  # where it stops, the distances can be read
        marks=MARKS,
        question=_question(result, titles) if asks else None,
        description="The same noise turned into data by "
        + ", ".join(lane.lane.title for lane in lanes)
        + ", on one clock.",
    )


def _question(result: RaceResult, titles: Sequence[str]) -> Question:
    """Which comes nearest: whichever pane shows no visible difference from the nearest is a right answer."""
    nearest = tuple(k for k, lane in enumerate(result.lanes) if lane in result.nearest)
    named = [titles[k] for k in nearest]
    tied = f"{', '.join(named[:-1])} and {named[-1]} came nearest, without a visible difference."
    return Question("Which comes nearest?", nearest, f"{named[0]} came nearest." if len(named) == 1 else tied)


def _layers(result: LaneResult, real: Array, trails: bool) -> list[Layer]:
    x = result.x
    behind: list[Layer] = [Trails(x, ids=range(TRAILS), color="model", width=0.8, opacity=0.25)]
    return [
        Points(real[None], color="data", size=1.2, opacity=0.25, follow=False, part="data"),
        *behind * trails,
        Points(x, color="model", size=1.5, opacity=0.75),
        *(Points(_nodes(x[:, mark]), color=f"mark-{k + 1}", size=2.4, follow=False) for k, mark in enumerate(MARKS)),
    ]


def _nodes(path: Array) -> Array:
    """The nodes visited so far (F, F, 2) of one path (F, 2): those to come are nowhere yet."""
    visited = np.tile(path, (len(path), 1, 1))
    visited[np.triu_indices(len(path), 1)] = math.nan
    return visited


def _costs(result: LaneResult, grid_above: bool, budget: int) -> list[str]:
    """Calls as counted, the grid unless it is the title, and what training cost."""
    of = f" of {budget}" if result.nfe < budget else ""
    calls = f"{result.nfe}{of} call{'s' * (result.nfe != 1)}"
    grid = "" if grid_above else result.lane.where
    cost = "" if result.trained is None else f"trained in {format_seconds(result.trained)}"
    return [part for part in (calls, grid, cost) if part]


def _distance(result: LaneResult) -> str:
    return format_estimate(result.distance, result.error)
