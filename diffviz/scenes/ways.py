"""The flow both ways: data encoded to noise and decoded again, and paths between two latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from diffviz.grids import Grid
from diffviz.noise import WhiteNoise
from diffviz.player import Pane, Points, Scene, Trails
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import Sampler, sample
from diffviz.samplers.probability_flow import encode, linear_interpolation, round_trip, spherical_interpolation
from diffviz.scenes.race import EXTENT, clock

BETWEEN = 25
BUDGETS = (10, 20, 50, 100)
SECTORS = 8


@dataclass(frozen=True, eq=False)
class LatentPaths:
    """One round trip.

    t: (N+1,) falling. up: (N+1, n, 2) from data to noise. down: (N+1, n, 2) back. straight, round: (N+1, BETWEEN, 2)
    decoded from the line and from the arc between two latents. nfe: calls of the round trip.
    """

    t: Array
    up: Array
    down: Array
    straight: Array
    round: Array
    nfe: int

    @property
    def lost(self) -> float:
        """Root mean square of what the round trip changed, data units."""
        return float(np.sqrt(np.square(self.down[-1] - self.up[0]).sum(-1).mean()))


def run(
    sampler: Sampler, grid: Grid, steps: int, model: ScoreModel, points: Array, pair: tuple[int, int]
) -> LatentPaths:
    """Encode points (n, 2), decode them, and decode two ways between the latents of a pair of them."""
    times = grid.times(model.schedule, steps)
    x = torch.from_numpy(points).float()
    up = encode(sampler, model, x, times)
    still = WhiteNoise(0, tuple(x.shape))
    down = sample(sampler, model, up.final, times, still)
    weights = torch.linspace(0, 1, BETWEEN)
    a, b = (up.final[k] for k in pair)
    kinds = linear_interpolation, spherical_interpolation
    lines = [sample(sampler, model, between(a, b, weights), times, still).x for between in kinds]
    straight, arc = (states.double().numpy() for states in lines)
    return LatentPaths(down.t, up.x.double().numpy(), down.x.double().numpy(), straight, arc, up.nfe + down.nfe)


def losses(sampler: Sampler, grid: Grid, model: ScoreModel, points: Array) -> list[tuple[int, float]]:
    """Calls of both ways together, and the root mean square loss, over BUDGETS each way."""
    x = torch.from_numpy(points).float()
    found = []
    for budget in BUDGETS:
        trip = round_trip(sampler, model, x, grid.times(model.schedule, sampler.steps_for(budget)))
        found.append((trip.nfe, float((trip.decoded - x).square().sum(1).mean().sqrt())))
    return found


def table(found: Sequence[tuple[int, float]]) -> str:
    """The losses as a Markdown table."""
    rows = ["| calls, both ways | round-trip error (RMS) |", "|---:|---:|"]
    return "\n".join(rows + [f"| {nfe} | {lost:.2g} |" for nfe, lost in found])


def compose(found: LatentPaths, model: ScoreModel, real: Array, pair: tuple[int, int]) -> Scene:
    """Three panes on one clock: up, down, and between; the first runs from data, the others from noise."""
    schedule = model.schedule
    falling = clock(found.t, schedule)
    rising = 1 - falling[::-1]
    start = found.up[0]
    groups = (np.arctan2(start[:, 1], start[:, 0]) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    data = Points(real[None], color="data", size=1.0, opacity=0.2, follow=False)
    panes = [
        Pane([Points(found.up, groups=groups)], "Data to noise", "colours: where each came from", EXTENT, rising),
        Pane([data, Points(found.down, groups=groups)], "Noise to data", _note(found), EXTENT, falling),
        Pane(
            [
                data,
                Trails(found.straight, color="mark-1", width=0.7, opacity=0.3),
                Trails(found.round, color="mark-2", width=0.7, opacity=0.3),
                Points(found.straight, color="mark-1", size=2.4, follow=False),
                Points(found.round, color="mark-2", size=2.4, follow=False),
            ],
            "Between two latents",
            "straight line and great circle",
            EXTENT,
            falling,
        ),
    ]
    return Scene(
        panes, columns=3, seconds=6.0, marks=pair, description="Data encoded to noise, decoded again, and interpolated."
    )


def _note(found: LatentPaths) -> str:
    return f"{found.nfe} calls both ways · {found.lost:.2g} lost (RMS)"
