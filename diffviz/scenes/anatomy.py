"""Solver anatomy: one particle, and every place where a solver asked the network on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffviz.player import Arrows, Pane, Points, Scene, Trails
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers import Sampler
from diffviz.samplers.anatomy import step_errors
from diffviz.samplers.probability_flow import exact_flow
from diffviz.scores.recorded import RecordedScore

LENGTH, ASPECT = 0.5, 1.6  # of an arrow, in steps; of a pane, width over height
_SMOOTH = 160  # dots that draw the exact path


@dataclass(frozen=True, eq=False)
class Dissection:
    """One particle's run, taken apart by a recording of the model.

    t: (N+1,) and nodes: (N+1, 2) visited. asked: (n,) times, at: (n, 2) places and arrows: (n, 2) of every call, an
    arrow being the slope of the probability flow there over the step's length in lambda. known: (n,) how many nodes had
    been reached at each call.
    """

    sampler: Sampler
    t: Array
    nodes: Array
    asked: Array
    at: Array
    arrows: Array
    known: NDArray[np.int64]

    @property
    def calls(self) -> int:
        """How many arrows there are."""
        return len(self.asked)


def dissect(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Dissection:
    """Run one particle x (1, 2) and read everything off the recording wrapper."""
    recorded = RecordedScore(model)
    schedule, steps, seen = model.schedule, [], []
    for step in sampler.visit(recorded, x, grid, noise):
        steps.append((step.t, step.x[0]))
        seen.append(len(recorded.calls))
    seen[-1] = len(recorded.calls) + 1  # the last node is reached after every call
    t = np.array([t for t, _ in steps])
    lam = schedule.lam(t)
    known = np.searchsorted(seen, np.arange(1, len(recorded.calls) + 1), side="right")
    known = np.maximum(known, 1).astype(np.int64)
    lengths = np.diff(lam)[np.minimum(known, len(lam) - 1) - 1]
    asked, at, arrows = [], [], []
    for call, h in zip(recorded.calls, np.where(lengths > 0, lengths, 0.5).tolist(), strict=True):
        s = float(call.t)
        sigma = float(schedule.sigma(s))
        drift = -2 * float(schedule.f(s)) * sigma**2 / float(schedule.g2(s))  # d log alpha / d lambda
        slope = drift * call.x[0] - sigma * call.prediction.eps[0]
        asked.append(s)
        at.append(call.x[0].double().numpy())
        arrows.append((h * slope).double().numpy())
    nodes = torch.stack([x for _, x in steps]).double().numpy()
    return Dissection(sampler, t, nodes, np.array(asked), np.array(at), np.array(arrows), known)


def compose(found: Sequence[Dissection], model: ScoreModel, start: Tensor, real: Array) -> Scene:
    """A pane a solver: the exact path as a dotted line, and the calls one after another."""
    schedule = model.schedule
    lam = np.linspace(float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min)), _SMOOTH)
    times = schedule.time_of(lam)
    times[0], times[-1] = schedule.t_max, schedule.t_min
    exact = exact_flow(model, start, times)[:, 0].double().numpy()
    extent = _around(np.concatenate([exact, *(d.nodes for d in found), *(d.at for d in found)]))
    return Scene(
        [_pane(d, exact, real, extent) for d in found],
        columns=min(len(found), 2 if len(found) == 4 else 3),
        seconds=8.0,
        description="Where each solver asks the network on the way of one particle: "
        + ", ".join(f"{d.sampler.title}, {d.calls} calls" for d in found),
    )


def _around(points: Array) -> tuple[float, float, float, float]:
    """A box of the panes' shape that holds all points (n, 2) with some air."""
    low, high = points.min(0), points.max(0)
    (x, y), (wide, tall) = (low + high) / 2, high - low
    half = max(0.2, 0.58 * float(max(tall, wide / ASPECT)))
    return float(x - ASPECT * half), float(x + ASPECT * half), float(y - half), float(y + half)


def _pane(d: Dissection, exact: Array, real: Array, extent: tuple[float, float, float, float]) -> Pane:
    frames = d.calls + 1
    now, before = (np.full((frames, d.calls, 2), np.nan) for _ in range(2))
    for k in range(d.calls):
        now[k, k] = d.arrows[k]
        before[k + 1 :, k] = d.arrows[k]
    reached = np.append(d.known, len(d.nodes)).astype(int)
    shown = np.full((frames, len(d.nodes), 2), np.nan)
    for k, count in enumerate(reached):
        shown[k, :count] = d.nodes[:count]
    head = d.nodes[reached - 1][:, None]
    notes = [
        f"call {k + 1} of {d.calls} · t = {t:.3f} · step {min(n, len(d.t) - 1)}"
        for k, (t, n) in enumerate(zip(d.asked, d.known, strict=True))
    ]
    return Pane(
        [
            Points(real[None], color="data", size=2.0, opacity=0.3, follow=False),
            Points(exact[None], color="exact", size=1.3, opacity=0.9, follow=False),
            Arrows(d.at, before, color="muted", scale=LENGTH, opacity=0.55),
            Arrows(d.at, now, color="warning", scale=LENGTH, opacity=1.0),
            Trails(head, color="model", width=1.6, opacity=0.8),
            Points(shown, color="model", size=4.0, opacity=0.9, follow=False),
        ],
        title=d.sampler.title,
        notes=[*notes, f"{d.calls} calls in {len(d.t) - 1} steps"],
        extent=extent,
        aspect=ASPECT,
        smooth=False,
    )


def one_step(sampler: Sampler) -> bool:
    """Whether a step of this sampler can be judged alone: deterministic, and with no memory of earlier answers."""
    return sampler.memoryless and not sampler.stochastic


def parts(samplers: Sequence[Sampler], model: ScoreModel, start: Tensor, grid: Array) -> str:
    """Each one-step sampler's errors a step, as root mean square over steps and particles: a Markdown table."""
    rows = ["| sampler | calls a step | linear part | network's part | whole step |", "|---|---:|---:|---:|---:|"]
    for sampler in samplers:
        if one_step(sampler):
            sizes = [float(np.sqrt(np.mean(v**2))) for v in step_errors(sampler, model, start, grid)]
            linear = "0 (exact)" if sizes[1] < 1e-9 else f"{sizes[1]:.2g}"
            rows.append(f"| {sampler.title} | {sampler.cost} | {linear} | {sizes[2]:.2g} | {sizes[0]:.2g} |")
    return "\n".join(rows) if len(rows) > 2 else ""
