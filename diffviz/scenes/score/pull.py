"""What pulls at a particle, where that leads, and the circle on which v-prediction turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Axes, Handle, Kernel, Lines, Pane, Points, Scene, Trails

if TYPE_CHECKING:
    from diffviz.experiments.score.pull import PullResult
    from diffviz.protocols import Array

REACH, ROUND = 2.7, 1.45
SHORT = 0.55  # of the tangent on the circle, which is 1 long
TURN = np.linspace(0, np.pi / 2, 46)


def compose(result: PullResult) -> Scene:
    """The data that pull, the four readings of the answer, and the angle, on one clock from noise to data."""
    moving = result.alpha[:, None, None] * result.data
    path = result.path[:, None]
    ahead = Lines(result.path[None], "mark-1", width=1.0, opacity=0.45)
    panes = [
        Pane(
            [
                Points(result.crowd, "noise", size=1.6, opacity=0.6),
                ahead,
                Trails(path, color="mark-1", width=1.8, opacity=0.9),
                Points(result.path[None, result.held, None], "mark-1", size=3.5, opacity=0.9, follow=False),
                Kernel(moving, result.sigma),
                Handle(result.path),
            ],
            "What pulls at it",
            notes=[
                f"{1 / np.square(w).sum():.1f} points pull · dot: placed at t = {result.times[result.held]:.2f}"
                for w in result.weights
            ],
            extent=(-REACH, REACH, -REACH, REACH),
        ),
        Pane(
            [
                Lines(_arc(result.x0, result.eps), "muted", width=1.4),
                Points(result.x0[:, None], "model", size=4.5, opacity=1.0, follow=False),
                Points(result.eps[:, None], "noise", size=4.5, opacity=1.0, follow=False),
                Points(path, "mark-1", size=4.5, opacity=1.0, follow=False),
                Arrows(path, result.v[:, None], "mark-3", scale=SHORT, opacity=1.0),
                Arrows(path, -result.eps[:, None] * result.sigma[:, None, None], "exact", opacity=1.0),
            ],
            "One answer, four views",
            notes=[f"x̂₀ {_pair(x0)} · ε̂ {_pair(eps)}" for x0, eps in zip(result.x0, result.eps, strict=True)],
            extent=(-REACH, REACH, -REACH, REACH),
            fixed=True,
        ),
        _circle(result),
    ]
    return Scene(
        panes,
        columns=3,
        clock_values=result.times,
        clock_label="t",
        seconds=10,
        description="A particle on the probability flow of a few points, which of them pull at it, and its angle",
    )


def _pair(place: Array) -> str:
    return f"({place[0]:.2f}, {place[1]:.2f})".replace("-", "−")


def _arc(x0: Array, eps: Array) -> Array:
    """cos phi x0 + sin phi eps for phi from 0 to a right angle, (F, n, 2): an ellipse through x_t."""
    return np.asarray(np.cos(TURN)[:, None] * x0[:, None] + np.sin(TURN)[:, None] * eps[:, None])


def _circle(result: PullResult) -> Pane:
    """z_phi = cos phi x_0 + sin phi eps, in the plane of x_0 and eps, where it is a quarter of a circle."""
    z = np.stack([np.cos(result.phi), np.sin(result.phi)], -1)[:, None]
    v = np.stack([-np.sin(result.phi), np.cos(result.phi)], -1)[:, None]
    quarter = np.stack([np.cos(TURN), np.sin(TURN)], -1)[None]
    radius = np.concatenate([np.zeros_like(z), z], axis=1)
    across = np.concatenate([z * [1, 0], z, z * [0, 1]], axis=1)
    return Pane(
        [
            Axes((0.0, ROUND, 0.0, ROUND), "x₀", "ε"),
            Lines(quarter, "muted", width=1.6),
            Lines(across, "line", width=1.2),
            Lines(radius, "mark-1", width=1.4),
            Arrows(z, v, "mark-3", scale=SHORT, opacity=1.0),
            Points(z, "mark-1", size=4.5, opacity=1.0, follow=False),
        ],
        "The angle φ of xₜ",
        notes=[
            f"φ = {np.degrees(phi):.0f}° · cos φ = α = {a:.2f}, sin φ = σ = {s:.2f}"
            for phi, a, s in zip(result.phi, result.alpha, result.sigma, strict=True)
        ],
        extent=(-0.25, ROUND, -0.25, ROUND),
        fixed=True,
    )
