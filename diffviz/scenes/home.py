"""The classic swiss-roll figure, alive: forward process, learned reverse process and drift on one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Pane, Points, Scene

if TYPE_CHECKING:
    from diffviz.experiments.swiss_roll import SwissRollResult
    from diffviz.protocols import Array


def compose(result: SwissRollResult) -> Scene:
    """Three panes at one time t, from data to noise and back: either process is played backwards half the time."""
    reach, t = result.reach, result.t
    extent = (-reach, reach, -reach, reach)
    longest = np.quantile(np.linalg.norm(result.drift, axis=-1), 0.9, axis=1)
    arrows = result.drift * (0.34 / longest)[:, None, None]
    forward, reverse = _and_back(result.forward), _and_back(result.reverse)
    rises, falls = len(t) - 1, len(t)  # frames
    return Scene(
        [
            Pane([Points(forward, color="data")], "Forward", extent=extent,
                 notes=rises * ["t rises: data dissolve into noise"] + falls * ["t falls: the same, played backwards"]),
            Pane([Points(reverse, color="model")], "Learned reverse", extent=extent,
                 notes=rises * ["t rises: played backwards"] + falls * ["t falls: noise becomes data"]),
            Pane([Points(reverse, color="model", size=1.2, opacity=0.3, follow=False),
                  Arrows(result.places, _and_back(arrows), color="exact")],
                 "Drift", "μ(xₜ, t) − xₜ: where a reverse step goes; each t has its own scale", extent),
        ],
        columns=3,
        clock_values=[t[0], t[-1], t[0]],
        seconds=14.0,
        marks=(5, 140),
        description="A swiss roll dissolves into noise; a trained network turns noise back into the roll.",
    )  # fmt: skip


def _and_back(rows: Array) -> Array:
    """There and back again: from t = 0 to t = 1 to t = 0."""
    return np.concatenate([rows, rows[-2::-1]])
