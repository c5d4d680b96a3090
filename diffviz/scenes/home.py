"""The classic swiss-roll figure, alive: forward process, learned reverse process and drift on one clock.

    python -m diffviz.scenes.home

computes it from the shipped swiss-roll network and writes assets/home.scene, which the home page plays as it is, with
a card that says how it was made.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import torch

from diffviz.data import SwissRoll, prepare
from diffviz.noise import BrownianPath
from diffviz.player import Arrows, Pane, Points, Scene
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import DDPM, prior, sample
from diffviz.samplers.base import grid_nodes
from diffviz.sde import exact_jumps

ASSETS = Path(__file__).parents[2] / "assets"
WEIGHTS, SCENE = ASSETS / "samplers" / "swiss-roll.safetensors", ASSETS / "home.scene"
PARTICLES, FRAMES, SUBSTEPS, SEED = 900, 49, 8, 11
REACH, SIDE = 2.9, 17


def drift(model: ScoreModel, times: Array, places: Array) -> Array:
    """mu_theta(x_t, t) - x_t of a DDPM step to the next of the falling `times` (N,), at `places` (M, 2): (N, M, 2).

    The last time has no next one; the arrows of the step before stand there too.
    """
    x = torch.from_numpy(places).float()
    steps = DDPM("small").moves(grid_nodes(model.schedule, times))
    moved = [
        ((move.state - 1) * x + move.prediction * model.predict(x, float(t)).x0).double().numpy()
        for t, move in zip(times[:-1], steps, strict=True)
    ]
    return np.stack([*moved, moved[-1]])


def scene(model: ScoreModel, particles: int = PARTICLES, seed: int = SEED) -> Scene:
    """Three panes at one time t, which runs from data to noise and back."""
    schedule = model.schedule
    fine = np.linspace(schedule.t_max, schedule.t_min, (FRAMES - 1) * SUBSTEPS + 1)
    shown = fine[::SUBSTEPS]
    low, high = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
    shape = (particles, 2)
    data = prepare(SwissRoll(), particles, seed).points
    rising = BrownianPath(seed, shape, low, high, forward=True)
    noised = exact_jumps(schedule, torch.from_numpy(data).float(), shown[::-1].copy(), rising).double().numpy()
    falling = BrownianPath(seed + 1, shape, low, high)
    learned = sample(DDPM("small"), model, prior(schedule, falling), fine, falling).x[::SUBSTEPS].double().numpy()[::-1]
    line = np.linspace(-0.92, 0.92, SIDE) * REACH
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    arrows = drift(model, shown, places)[::-1]
    arrows = arrows * (0.34 / np.quantile(np.linalg.norm(arrows, axis=-1), 0.9, axis=1))[:, None, None]

    def back(rows: Array) -> Array:
        """There and back again: from t = 0 to t = 1 to t = 0."""
        return np.concatenate([rows, rows[-2::-1]])

    extent = (-REACH, REACH, -REACH, REACH)
    forward, reverse = back(noised), back(learned)
    return Scene(
        [
            Pane([Points(forward, color="data")],
                 "Forward", "q(xₜ): data dissolve into noise", extent),
            Pane([Points(reverse, color="model")],
                 "Learned reverse", "p_θ(xₜ): the same law at every t, from noise alone", extent),
            Pane([Points(reverse, color="model", size=1.2, opacity=0.3, follow=False),
                  Arrows(places, back(arrows), color="exact")],
                 "Drift", "μ_θ(xₜ, t) − xₜ: where a reverse step goes; each t has its own scale", extent),
        ],
        columns=3,
        clock_values=[schedule.t_min, schedule.t_max, schedule.t_min],
        seconds=14.0,
        marks=(5, 140),
        description="A swiss roll dissolves into noise; a trained network turns noise back into the roll.",
    )  # fmt: skip


def main() -> None:
    """Compute the scene and write it with its card."""
    torch.set_num_threads(1)
    started = time.process_time()
    model = load_checkpoint(WEIGHTS)[0].model
    payload = scene(model).payload()
    temporary = SCENE.with_suffix(".partial")
    temporary.write_bytes(payload)
    temporary.replace(SCENE)
    card = {
        "command": "python -m diffviz.scenes.home",
        "weights": WEIGHTS.relative_to(ASSETS).as_posix(),
        "seed": SEED,
        "cpu_seconds": round(time.process_time() - started, 2),
        "bytes": len(payload),
    }
    SCENE.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(card)


if __name__ == "__main__":
    main()
