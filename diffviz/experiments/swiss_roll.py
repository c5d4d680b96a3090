"""The classic figure of the swiss roll: forward process, learned reverse process and drift, at the same times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch

from diffviz.config import Config, Range
from diffviz.data import SwissRoll, prepare
from diffviz.noise import BrownianPath
from diffviz.pretrained.shapes import shipped
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import DDPM, prior, sample
from diffviz.samplers.base import grid_nodes
from diffviz.sde import exact_jumps

FRAMES, SUBSTEPS = 49, 8
REACH, SIDE = 2.9, 17


@dataclass(frozen=True)
class SwissRollConfig(Config):
    """How many particles, and the seed of data and noise."""

    particles: Annotated[int, Range(10, 5_000, label="Particles", help="How many points diffuse.")] = 900
    seed: Annotated[int, Range(0, 9_999, label="Seed", help="Of the data and of the noise.")] = 11


@dataclass(frozen=True, eq=False)
class SwissRollResult:
    """At rising times t (FRAMES,): forward and reverse particles (FRAMES, N, 2), drift (FRAMES, SIDE², 2) at `places`.

    The drift mu_theta(x_t, t) - x_t is that of a DDPM step to the next earlier time. Normalised units; reach is half
    the side of the square that shows them.
    """

    config: SwissRollConfig
    t: Array
    forward: Array
    reverse: Array
    places: Array
    drift: Array
    reach: float


def run_swiss_roll(config: SwissRollConfig, model: ScoreModel | None = None) -> SwissRollResult:
    """Sohl-Dickstein et al. 2015, figure 1, with the shipped swiss-roll network or a given one (Ho et al. 2020)."""
    model = model or shipped(SwissRoll())
    assert model is not None  # a network for the swiss roll ships with the lab
    schedule, shape = model.schedule, (config.particles, 2)
    fine = np.linspace(schedule.t_max, schedule.t_min, (FRAMES - 1) * SUBSTEPS + 1)
    shown = fine[::SUBSTEPS]
    low, high = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
    data = torch.from_numpy(prepare(SwissRoll(), config.particles, config.seed).points).float()
    rising = BrownianPath(config.seed, shape, low, high, forward=True)
    forward = exact_jumps(schedule, data, shown[::-1].copy(), rising).double().numpy()
    falling = BrownianPath(config.seed + 1, shape, low, high)
    reverse = sample(DDPM("small"), model, prior(schedule, falling), fine, falling).x[::SUBSTEPS].double().numpy()
    line = np.linspace(-0.92, 0.92, SIDE) * REACH
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    return SwissRollResult(
        config, shown[::-1], forward, reverse[::-1], places, drift(model, shown, places)[::-1], REACH
    )


def drift(model: ScoreModel, times: Array, places: Array) -> Array:
    """mu_theta(x_t, t) - x_t of a DDPM step to the next of the falling `times` (N,), at `places` (M, 2): (N, M, 2).

    The last time has no next one; the drift of the step before stands there too.
    """
    x = torch.from_numpy(places).float()
    moves = DDPM("small").moves(grid_nodes(model.schedule, times))
    drifts = [
        ((move.state - 1) * x + move.prediction * model.predict(x, float(t)).x0).double().numpy()
        for t, move in zip(times[:-1], moves, strict=True)
    ]
    return np.stack([*drifts, drifts[-1]])
