"""The flow both ways: data become noise, the noise becomes data again, and two latents are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Pane, Points, Scene, Trails
from diffviz.scenes.race import EXTENT

if TYPE_CHECKING:
    from diffviz.experiments.round_trips import LatentPaths

SECTORS = 8  # of the plane, a colour each


def compose(paths: LatentPaths) -> Scene:
    """Three panes on one clock: up, down, and between; the first runs from data, the others from noise."""
    falling, rising = paths.clock, 1 - paths.clock[::-1]
    start = paths.encoding[0]
    groups = (np.arctan2(start[:, 1], start[:, 0]) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    data = Points(paths.real[None], color="data", size=1.0, opacity=0.2, follow=False, part="data")
    note = f"{paths.nfe / 2:g} calls each way · {paths.rms_error:.2g} lost (RMS)"
    panes = [
        Pane([Points(paths.encoding, groups=groups)], "Data to noise", "colours: where each came from", EXTENT, rising),
        Pane([data, Points(paths.decoding, groups=groups)], "Noise to data", note, EXTENT, falling),
        Pane(
            [
                data,
                Trails(paths.straight, color="mark-1", width=0.7, opacity=0.3),
                Trails(paths.great_circle, color="mark-2", width=0.7, opacity=0.3),
                Points(paths.straight, color="mark-1", size=2.4, follow=False),
                Points(paths.great_circle, color="mark-2", size=2.4, follow=False),
            ],
            "Between two latents",
            "straight line and great circle",
            EXTENT,
            falling,
        ),
    ]
    return Scene(
        panes,
        columns=3,
        seconds=6.0,
        marks=(paths.config.first, paths.config.second),
        description="Data encoded to noise, decoded again, and interpolated.",
    )
