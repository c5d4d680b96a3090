"""Samples of three scores from the same noise, over the training points, and how near to these they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.estimate import format_estimate
from diffviz.player import Curve, Pane, Points, Scene, Trails

if TYPE_CHECKING:
    from diffviz.experiments.score.memory import MemoryLane, MemoryResult
    from diffviz.protocols import Array

REACH = 2.7
TRAILS, MARKS = 30, (0, 1)
LEAST = 1e-3  # distance that is shown


def compose(result: MemoryResult) -> Scene:
    """Three clouds on one clock, and the shares of samples within a distance of a training point."""
    lanes = (result.empirical, result.learned, result.truth)
    colors = dict(zip((lane.title for lane in lanes), ("data", "model", "exact"), strict=True))
    distances = {lane.title: lane.nearest for lane in lanes} | {"Fresh data": result.fresh}
    far = max(float(away.max()) for away in distances.values())  # where every line ends
    shares = np.append(np.linspace(0, 1, len(result.fresh)), 1)
    return Scene(
        [
            *(_cloud(result, lane, colors[lane.title]) for lane in lanes),
            Pane(
                [
                    Curve(
                        np.array([LEAST, result.near]),
                        {title: (np.append(_sorted(away), far), shares) for title, away in distances.items()},
                        at=np.array([result.near]),
                        log_x=True,
                        x_label="distance to the nearest training point",
                        y_label="share of samples within",
                        y_limits=(0.0, 1.0),
                        colors={**colors, "Fresh data": "muted"},
                    )
                ],
                "How near they end",
                f"line: a copy is nearer than {result.near:.3f}",
                aspect=1.0,
            ),
        ],
        columns=4,
        clock_values=result.t[[0, -1]],
        clock_label="t",
        seconds=6,
        marks=MARKS,
        description="Samples of the exact score of the points, of a network trained on them, and of the true mixture",
    )


def _cloud(result: MemoryResult, lane: MemoryLane, color: str) -> Pane:
    return Pane(
        [
            Trails(lane.x, ids=range(TRAILS), color=color, width=0.8, opacity=0.25),
            Points(lane.x, color, size=1.6),
            Points(result.data[None], "text", size=2.0, opacity=0.9, follow=False, part="data"),
        ],
        lane.title,
        f"copies {format_estimate(*lane.copied(result.near))}",
        (-REACH, REACH, -REACH, REACH),
    )


def _sorted(distances: Array) -> Array:
    return np.maximum(np.sort(distances), LEAST)
