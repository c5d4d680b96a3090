"""Latents of digits: encoded and decoded, walked between, and decoded at several step counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.grids import Grid
from diffviz.noise import WhiteNoise
from diffviz.player import Scene
from diffviz.protocols import ScoreModel
from diffviz.samplers import Sampler, prior, sample
from diffviz.samplers.probability_flow import encode, spherical_interpolation
from diffviz.scenes.digits.tiles import chosen, ink, pane, path_pane
from diffviz.scenes.race import clock
from diffviz.trajectory import Trajectory

BETWEEN = 9
COUNTS = (5, 10, 20, 50, 100)
SAME = 12


@dataclass(frozen=True, eq=False)
class Trip:
    """Images (B, C, H, W) to noise and back, and the way between the latents of the first two, decoded.

    between: (BETWEEN, C, H, W). nfe: calls of both ways.
    """

    up: Trajectory
    down: Trajectory
    between: Tensor
    nfe: int

    @property
    def lost(self) -> float:
        """Root mean square of what the round trip changed, a pixel, where paper and ink are 2 apart."""
        return float((self.down.final - self.up.x[0]).square().mean().sqrt())


def travel(sampler: Sampler, grid: Grid, steps: int, model: ScoreModel, images: Tensor) -> Trip:
    """Encode, decode, and walk along the arc between the first two latents."""
    times = grid.times(model.schedule, steps)
    up = encode(sampler, model, images, times)
    still = WhiteNoise(0, tuple(images.shape))
    down = sample(sampler, model, up.final, times, still)
    arc = spherical_interpolation(up.final[0], up.final[1], torch.linspace(0, 1, BETWEEN))
    between = sample(sampler, model, arc, times, still).final
    return Trip(up, down, between, up.nfe + down.nfe)


def compose(trip: Trip, model: ScoreModel) -> Scene:
    """Up, down, and what lies between, on one clock: the first runs from the digit, the second from the noise."""
    kept = chosen(len(trip.up.t))
    falling = clock(trip.down.t, model.schedule)[kept]
    changed = f"{trip.nfe} calls both ways · {trip.lost:.2g} lost (RMS a pixel)"
    panes = [
        pane(ink(trip.up.x[kept]), "Digit to noise", note="along the flow, no noise added", clock=1 - falling[::-1]),
        path_pane(trip.down, model.schedule, "Noise to digit", changed),
        pane(ink(trip.between[None]), "Between the first two", note="their latents joined by an arc", across=3),
    ]
    return Scene(
        panes, columns=3, seconds=6, description="Real digits encoded to noise and decoded again, and two interpolated"
    )


def consistency(sampler: Sampler, grid: Grid, model: ScoreModel, shape: tuple[int, ...], seed: int) -> list[Trajectory]:
    """The same SAME latents decoded in COUNTS steps each."""
    noise = WhiteNoise(seed, (SAME, *shape))
    start = prior(model.schedule, noise)
    return [sample(sampler, model, start, grid.times(model.schedule, steps), noise) for steps in COUNTS]


def compare(runs: Sequence[Trajectory], model: ScoreModel) -> Scene:
    """A pane for each step count, on one clock; each says how far its digits are from those of the most steps."""
    panes, best = [], runs[-1].final
    for run in runs:
        apart = float((run.final - best).square().mean().sqrt())
        note = f"RMS {apart:.2g} from {COUNTS[-1]}" if run is not runs[-1] else "the reference"
        panes.append(path_pane(run, model.schedule, f"{len(run.t) - 1} steps", note, across=3))
    return Scene(panes, columns=len(panes), seconds=6, description="The same latents decoded in 5 to 100 steps")
