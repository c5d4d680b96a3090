"""The reverse SDE over the probability flow: a fan of paths and a single path, over equal marginals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.frames import shown_frames
from diffviz.player import Axes, Heat, Pane, Points, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.sde_ode import SDEODEComparison

FRAMES = 100
WIDE, HIGH = 18.0, 3.0  # the picture's units: the clock along, one coordinate up
SDE, FLOW = "model", "exact"  # colours
_BINS = 72
_ROOM = 0.8  # in the picture's units, for the numbers left of the axes and below
_COORDINATES = ("first coordinate", "second coordinate")


def compose(comparison: SDEODEComparison, axis: int) -> Scene:
    """Two wide panes of coordinate `axis`, the clock running to the right: the SDE above, the flow below."""
    ensembles = comparison.ensembles
    particles = f"{ensembles.ode.shape[1]:,} particles"
    count = comparison.fan.shape[1]
    keep = shown_frames(len(ensembles.t), FRAMES + 1)
    along = WIDE * np.linspace(0, 1, len(keep))
    path = np.stack([along, comparison.path[keep, axis]], -1)[:, None]
    fan = np.stack([np.broadcast_to(along[:, None], (len(keep), count)), comparison.fan[keep][..., axis]], -1)
    flow: list[Layer] = [
        Trails(path, color=FLOW, width=2.4, opacity=1.0),
        Points(path, color=FLOW, size=3.0, follow=False),
    ]
    bundle: list[Layer] = [
        Trails(fan, color=SDE, width=0.9, opacity=0.55),
        Points(fan, color=SDE, size=1.8, follow=False),
    ]
    from_lam, to_lam = float(ensembles.lam[0]), float(ensembles.lam[-1])
    axes = Axes((0.0, WIDE, -HIGH, HIGH), "λ", _COORDINATES[axis], x=(from_lam, to_lam))
    return Scene(
        [
            _pane(
                [_shade(ensembles.sde[keep][..., axis]), *bundle, *flow, axes],
                f"Reverse SDE, τ = {comparison.config.tau:g}",
                f"{count} paths from one start, and the flow's path; shade: {particles} of the SDE",
            ),
            _pane(
                [_shade(ensembles.ode[keep][..., axis]), *flow, axes],
                "Probability flow",
                f"one path from the same start; shade: {particles} of the flow",
            ),
        ],
        columns=1,
        clock_values=[from_lam, to_lam],
        clock_label="λ",
        seconds=7.0,
        description="One coordinate over time: a fan of SDE paths and the single ODE path, over equal marginals.",
    )


def _pane(layers: list[Layer], title: str, note: str) -> Pane:
    extent = (-_ROOM, WIDE, -HIGH - _ROOM, HIGH)
    return Pane(
        layers, title=title, note=note, extent=extent, aspect=(WIDE + _ROOM) / (2 * HIGH + _ROOM), stretched=True
    )


def _shade(x: Array) -> Heat:
    """Histograms of x (F, P), a column a frame, as square roots so that faint parts show."""
    edges = np.linspace(-HIGH, HIGH, _BINS + 1)
    columns = [np.histogram(row, edges, density=True)[0] for row in x]
    return Heat(np.sqrt(np.stack(columns, axis=1))[None], (0.0, WIDE, -HIGH, HIGH))
