"""One reverse step of growing length: the law of x_s given x_t, the Gaussian over it, and how far they are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.estimate import format_estimate
from diffviz.player import Curve, Handle, Heat, Lines, Pane, Points, Scene

if TYPE_CHECKING:
    from diffviz.experiments.score.reverse_step import ReverseStepResult
    from diffviz.protocols import Array

REACH, WINDOW = 2.7, 3.5
LEAST = 1e-3
CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 61)), np.sin(np.linspace(0, 2 * np.pi, 61))], -1)


def compose(result: ReverseStepResult) -> Scene:
    """The plane, a closer look in units of the law's own spread, and the distance against the length of the step."""
    place = np.array([[result.config.x, result.config.y]])
    apart = np.array([estimate.mean for estimate in result.total_variation])
    error = np.array([estimate.error for estimate in result.total_variation])
    divergence = np.array([estimate.mean for estimate in result.divergence])
    notes = [
        f"h = {h:.2f} to s = {s:.2f}: off by {format_estimate(*distance)}"
        for h, s, distance in zip(result.h, result.s, result.total_variation, strict=True)
    ]
    panes = [
        Pane(
            [
                Heat(_shades(result.law)),
                *_rings(result.mean, result.deviation),
                Points(result.mean[:, None], "model", size=3, follow=False),
                Handle(place),
            ],
            "Where x may have been at time s",
            "shades: the law · rings: the step's Gaussian",
            (-REACH, REACH, -REACH, REACH),
        ),
        Pane(
            [Heat(_shades(result.closer)), *_rings(np.zeros_like(result.mean), result.deviation / result.spread)],
            "Closer, in the law's standard deviations",
            notes=notes,
            extent=(-WINDOW, WINDOW, -WINDOW, WINDOW),
        ),
        Pane(
            [
                Curve(
                    result.h,
                    {"total variation": np.maximum(apart, LEAST / 2), "KL": np.maximum(divergence, LEAST / 2)},
                    at=result.h,
                    log_x=True,
                    log_y=True,
                    x_label="step h in λ",
                    y_label="distance",
                    bands={"total variation": (np.maximum(apart - error, LEAST / 2), apart + error)},
                    y_limits=(LEAST / 2, 2 * max(1.0, float(divergence.max()))),
                    colors={"total variation": "model", "KL": "noise"},
                )
            ],
            "Distance between the two",
            f"by {result.draws:,} draws from the law",
        ),
    ]
    return Scene(
        panes,
        columns=3,
        clock_values=result.h,
        clock_label="h",
        seconds=9,
        description="The law of a reverse step and the Gaussian in its place, for steps of growing length",
    )


def _shades(density: Array) -> Array:
    return np.asarray(density / density.max(axis=(1, 2), keepdims=True))


def _rings(center: Array, radius: Array) -> list[Lines]:
    """Circles (F, n, 2) at one and two standard deviations around places (F, 2)."""
    return [
        Lines(center[:, None] + k * radius[:, None, None] * CIRCLE, "model", width=2.2 / k, opacity=0.9) for k in (1, 2)
    ]
