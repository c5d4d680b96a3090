"""Solver anatomy: one particle, and every place where a solver asked the network on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Pane, Points, Scene, Trails
from diffviz.protocols import Array

if TYPE_CHECKING:
    from diffviz.experiments.solver_calls import SolverCalls, SolverCallsResult

LENGTH, ASPECT = 0.5, 1.6  # of an arrow, in steps; of a pane, width over height
SHORTEST = 0.06  # of a pane's height: what an arrow is drawn at least, so that every call can be counted


def compose(result: SolverCallsResult) -> Scene:
    """A pane a solver: the exact path as a dotted line, and the calls one after another."""
    calls = result.calls
    extent = _around(np.concatenate([result.exact, *(c.nodes for c in calls), *(c.places for c in calls)]))
    return Scene(
        [_pane(c, result.exact, result.real, extent) for c in calls],
        columns=min(len(calls), 2 if len(calls) == 4 else 3),
        seconds=8.0,
        description="Where each solver asks the network on the way of one particle: "
        + ", ".join(f"{c.sampler.title}, {c.nfe} calls" for c in calls),
    )


def _around(points: Array) -> tuple[float, float, float, float]:
    """A box of the panes' shape that holds all points (n, 2) with some air."""
    low, high = points.min(0), points.max(0)
    (x, y), (wide, tall) = (low + high) / 2, high - low
    half = max(0.2, 0.58 * float(max(tall, wide / ASPECT)))
    return float(x - ASPECT * half), float(x + ASPECT * half), float(y - half), float(y + half)


def _pane(calls: SolverCalls, exact: Array, real: Array, extent: tuple[float, float, float, float]) -> Pane:
    nfe, steps = calls.nfe, len(calls.t) - 1
    arrows = _visible(calls.arrows, (extent[3] - extent[2]) * SHORTEST / LENGTH)
    ends = f"ends {np.linalg.norm(calls.nodes[-1] - exact[-1]):.2f} from the exact flow"
    frames = nfe + 1  # one a call, and the end
    now, before = (np.full((frames, nfe, 2), np.nan) for _ in range(2))
    for k in range(nfe):
        now[k, k] = arrows[k]
        before[k + 1 :, k] = arrows[k]
    reached = np.append(calls.reached, len(calls.nodes))
    nodes = np.full((frames, len(calls.nodes), 2), np.nan)
    for k, count in enumerate(reached):
        nodes[k, :count] = calls.nodes[:count]
    head = calls.nodes[reached - 1][:, None]
    notes = [
        f"call {k + 1} of {nfe} · t = {t:.3f} · step {min(count, steps)} · {ends}"
        for k, (t, count) in enumerate(zip(calls.call_times, calls.reached, strict=True))
    ]
    return Pane(
        [
            Points(real[None], color="data", size=2.0, opacity=0.3, follow=False, part="data"),
            Points(exact[None], color="exact", size=1.3, opacity=0.9, follow=False),
            Arrows(calls.places, before, color="muted", scale=LENGTH, opacity=0.55),
            Arrows(calls.places, now, color="warning", scale=LENGTH, opacity=1.0),
            Trails(head, color="model", width=1.6, opacity=0.8),
            Points(nodes, color="model", size=4.0, opacity=0.9, follow=False),
        ],
        title=calls.sampler.title,
        notes=[*notes, f"{nfe} calls in {steps} steps · {ends}"],
        extent=extent,
        aspect=ASPECT,
        smooth=False,
    )


def _visible(arrows: Array, shortest: float) -> Array:
    """The arrows (n, 2), short ones drawn out to `shortest` in their direction; one of no length has none."""
    lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
    return arrows * np.maximum(1.0, shortest / np.where(lengths > 0, lengths, np.inf))
