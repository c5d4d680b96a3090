"""The SDE and its ODE twin: one start, one path here and a fan of paths there, over the same marginals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from diffviz.grids import UniformLogSNR
from diffviz.metrics import Floor, floor, sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.player import Heat, Pane, Points, Scene, Trails
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.samplers import SDEFamily, sample
from diffviz.scenes.race import path
from diffviz.sde import diffuse

STEPS, FRAMES = 200, 100
PARTICLES, FAN = 3_000, 40
WIDE, HIGH = 18.0, 3.0  # the picture's units: the clock along, one coordinate up
_BINS = 72
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the way, where the marginals are compared


@dataclass(frozen=True, eq=False)
class SDEODEComparison:
    """Both processes from q_T, on one grid.

    t: (N+1,). ode, sde: (N+1, PARTICLES, 2) ensembles. path: (N+1, 2) of one particle on the flow; fan: (N+1, FAN, 2)
    from the same start on the SDE.
    """

    tau: float
    t: Array
    ode: Array
    sde: Array
    path: Array
    fan: Array


def run(model: ScoreModel, data: Array, tau: float, particle: int, seed: int) -> SDEODEComparison:
    """Start both from data (PARTICLES, 2) noised to t_max, which is q_T itself, not the prior near it."""
    schedule = model.schedule
    grid = UniformLogSNR().times(schedule, STEPS)
    noise = path(schedule, (PARTICLES, 2), seed)
    start = diffuse(schedule, torch.from_numpy(data).float(), schedule.t_max, noise.initial())
    ode, sde = (sample(SDEFamily(tau=v), model, start, grid, noise).x.numpy() for v in (0.0, tau))
    bundle = path(schedule, (FAN, 2), seed + 1)
    fan = sample(SDEFamily(tau=tau), model, start[particle].expand(FAN, 2), grid, bundle).x.numpy()
    return SDEODEComparison(tau, grid, ode, sde, ode[:, particle], fan)


def compose(twin: SDEODEComparison, schedule: Schedule, axis: int) -> Scene:
    """Two wide panes, the clock running to the right: the fan over the SDE's marginals, the path over the flow's."""
    keep = np.linspace(0, STEPS, FRAMES + 1).round().astype(int)
    along = WIDE * np.arange(FRAMES + 1) / FRAMES
    line = np.stack([along, twin.path[keep, axis]], -1)[:, None]
    fan = np.stack([np.broadcast_to(along[:, None], (FRAMES + 1, FAN)), twin.fan[keep][..., axis]], -1)
    lam = [float(schedule.lam(twin.t[0])), float(schedule.lam(twin.t[-1]))]
    panes = [
        Pane(
            [
                Heat(_density(twin.sde[keep][..., axis]), palette="density"),
                Trails(fan, color="model", width=0.9, opacity=0.55),
                Points(fan, color="model", size=1.8, follow=False),
                Trails(line, color="warning", width=2.2, opacity=1.0),
                Points(line, color="warning", size=3.0, follow=False),
            ],
            title=f"Reverse SDE, τ = {twin.tau:g}",
            note=f"{FAN} paths from one start, and the flow's path; shade: {PARTICLES:,} particles of the SDE",
            extent=(0.0, WIDE, -HIGH, HIGH),
            aspect=WIDE / (2 * HIGH),
        ),
        Pane(
            [
                Heat(_density(twin.ode[keep][..., axis]), palette="density"),
                Trails(line, color="warning", width=2.2, opacity=1.0),
                Points(line, color="warning", size=3.0, follow=False),
            ],
            title="Probability flow",
            note=f"one path from the same start; shade: {PARTICLES:,} particles of the flow",
            extent=(0.0, WIDE, -HIGH, HIGH),
            aspect=WIDE / (2 * HIGH),
        ),
    ]
    return Scene(
        panes,
        columns=1,
        clock_values=lam,
        clock_label="λ",
        seconds=7.0,
        description="One coordinate over time: a fan of SDE paths and the single ODE path, over equal marginals.",
    )


def _density(x: Array) -> Array:
    """Histograms of x (F, P), a column a frame, as square roots so that faint parts show: (1, bins, F)."""
    edges = np.linspace(-HIGH, HIGH, _BINS + 1)
    columns = [np.histogram(row, edges, density=True)[0] for row in x]
    return np.sqrt(np.stack(columns, axis=1))[None]


@dataclass(frozen=True)
class Match:
    """Distances at one time: either ensemble from fresh draws of q_t, and what two honest draws are apart."""

    t: float
    ode: float
    sde: float
    floor: Floor


def match(twin: SDEODEComparison, schedule: Schedule, data: list[Array]) -> list[Match]:
    """Both ensembles against q_t, drawn by noising fresh data; data: sets (PARTICLES, 2), three or more."""
    found = []
    for share in SHARES:
        k = int(share * STEPS)
        t = float(twin.t[k])

        def draw(_count: int, seed: int, t: float = t) -> Array:
            eps = WhiteNoise(9_000 + seed, (PARTICLES, 2)).initial()
            return diffuse(schedule, torch.from_numpy(data[seed % len(data)]).float(), t, eps).double().numpy()

        truth = draw(PARTICLES, len(data) * 100)
        bottom = floor(sliced_w2, draw, PARTICLES, pairs=max(2, len(data) // 2))
        found.append(Match(t, sliced_w2(twin.ode[k], truth), sliced_w2(twin.sde[k], truth), bottom))
    return found


def table(found: list[Match]) -> str:
    """The distances as a Markdown table."""
    rows = ["| t | flow to q_t | SDE to q_t | real to real |", "|---:|---:|---:|---:|"]
    rows += [f"| {m.t:.3f} | {m.ode:.3f} | {m.sde:.3f} | {m.floor.mean:.3f} ± {m.floor.error:.3f} |" for m in found]
    return "\n".join(rows)
