"""The flow's log-density beside the true one, paths from data to noise, and what their log-determinants add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Axes, Heat, Pane, Points, Scene, Trails
from diffviz.protocols import Array
from diffviz.scenes.regions import region_lines

if TYPE_CHECKING:
    from diffviz.experiments.likelihood.log_density import LogDensityResult

DEPTH = 9.0  # nats below the peak that the maps show
WORST = 1.0  # nats of error at full colour
WIDE, HIGH = 10.0, 10.0  # the lower picture's units
MARKS = (1, 6)
_ROOM = 1.3  # in these units, for the numbers left of the axes and below


def compose(result: LogDensityResult) -> Scene:
    """Four panes; a click on a particle follows it in the first and in the last."""
    r = result.reach
    extent = (-r, r, -r, r)
    peak = float(result.true.max())
    limits = (peak - DEPTH, peak)
    off = np.where(result.true > peak - DEPTH, np.abs(result.flow - result.true), 0.0)
    paths = result.paths
    calls = f"{result.nfe} calls"
    return Scene(
        [
            Pane([Heat(result.flow[None], extent, limits=limits, color="model"),
                  Trails(paths, length=8, color="text", ids=range(0, paths.shape[1], 10), opacity=0.25),
                  Points(paths, color="text", size=1.5, opacity=0.6),
                  region_lines(np.exp(result.flow[None]), extent, "model")],
                 "log p of the flow", f"{DEPTH:g} nats from pale to full · {calls} · dots: data becoming noise",
                 extent),
            Pane([Heat(result.true[None], extent, limits=limits, color="exact"),
                  region_lines(np.exp(result.true[None]), extent)],
                 "log q, the true one", f"closed form at t = {result.t_min:g}, on the same scale", extent),
            Pane([Heat(off[None], extent, palette="error", limits=(0.0, WORST))],
                 "Their difference", f"absolute, {WORST:g} nat and more at full colour", extent),
            _determinants(result),
        ],
        columns=4,
        clock_values=result.lam,
        clock_label="λ",
        seconds=7.0,
        marks=MARKS,
        description="The log-density of the flow beside the true one, and log-determinants adding up along paths.",
    )  # fmt: skip


def _determinants(result: LogDensityResult) -> Pane:
    """The log-determinant of every path so far, over the clock; followed particles leave their line."""
    low, high = (float(v) for v in _round_ends(result.log_det))
    noise, data = float(result.lam[-1]), float(result.lam[0])
    along = np.broadcast_to((WIDE * (result.lam - noise) / (data - noise))[:, None], result.log_det.shape)
    xy = np.stack([along, HIGH * (result.log_det - low) / (high - low)], -1)
    axes = Axes((0.0, WIDE, 0.0, HIGH), "λ", "log-determinant", (noise, data), (low, high))
    return Pane(
        [Points(xy, color="model", size=1.4, opacity=0.5), axes],
        "Log-determinant so far",
        "nats; log p(x) is log p_T at the end of a path, plus this",
        (-_ROOM, WIDE, -_ROOM, HIGH),
        aspect=(WIDE + _ROOM) / (HIGH + _ROOM),
        stretched=True,
    )


def _round_ends(values: Array) -> tuple[float, float]:
    """Whole numbers about all values."""
    return float(np.floor(values.min())), float(np.ceil(values.max()))
