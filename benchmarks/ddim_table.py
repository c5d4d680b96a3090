"""The table of the DDIM paper (η against steps) on MNIST, and the faster samplers beside DDPM.

    python -m benchmarks.ddim_table [--part eta|fast|all] [--quick]

writes assets/mnist/ddim-table.json (every cell: MNIST-Fréchet with its 95 % interval, the share of clear digits), and
assets/mnist/ddim-table.npz (some digits of every cell, as bytes). The shipped unconditional network is read on the
paper's schedule, T = 1000 levels of linear beta, at the paper's linear subsequence; the column of 1000 steps asks at
every level down to the first, 999 calls. Up to 100 steps a cell has 1,024 samples, at 1000 it has 256, as a
thousand calls for each take long. The bias of a Fréchet distance depends on the number of samples, so `equal` is taken
at 256 in every cell, and only it compares across columns.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.digits import as_list, distance, drawn, floor
from diffviz.data import MNIST
from diffviz.grids import Grid, Leading, Linspace, UniformTime
from diffviz.metrics import seen
from diffviz.prediction import ScoreModel
from diffviz.samplers import DDIM, DDPM, AnalyticDPM, DPMSolverPP2M, Sampler
from diffviz.schedules import DiscreteDDPM
from diffviz.scores.reclocked import Reclocked
from diffviz.training.digits import FOLDER, classifier, score_network

ETAS: dict[str, Sampler] = {
    "0": DDIM(),
    "0.2": DDIM(eta=0.2),
    "0.5": DDIM(eta=0.5),
    "1": DDIM(eta=1.0),
    "σ̂": DDPM(variance="large"),
}
STEPS = (10, 20, 50, 100, 1000)
FAST: dict[str, tuple[Sampler, tuple[int, ...]]] = {
    "DPM-Solver++ 2M": (DPMSolverPP2M(), (10, 20)),
    "DDIM": (DDIM(), (10, 20, 50)),
    "DDPM β̃": (DDPM(), (10, 20, 50, 1000)),
    "Analytic-DPM": (AnalyticDPM(), (10, 20, 50)),
}
MANY, FEW, TILES = 1_024, 256, 16
GIVEN = 512  # real digits that Analytic-DPM measures the network on
NAMES = {"eta": "ddim-table", "fast": "fast-table"}


def measure(sampler: Sampler, model: ScoreModel, grid: Grid, steps: int, count: int) -> tuple[dict[str, object], bytes]:
    """One cell, and some of its digits."""
    started = time.process_time()
    images = drawn(sampler, model, grid.times(model.schedule, steps), count)
    found = seen(classifier(), images)
    cell: dict[str, object] = {
        "calls": steps,
        "samples": count,
        "frechet": as_list(distance(found)),
        "equal": as_list(distance(found, FEW)),
        "clear": round(found.clear, 4),
        "seconds": round(time.process_time() - started, 1),
    }
    tiles = images[:TILES, 0].nan_to_num(0.0).clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    return cell, tiles.numpy().tobytes()


def eta(quick: bool) -> tuple[dict[str, dict[str, object]], dict[str, bytes]]:
    """η against steps on the paper's schedule."""
    model = Reclocked(score_network().halved(), DiscreteDDPM())
    cells, tiles = {}, {}
    for steps in STEPS[:2] if quick else STEPS:
        grid, calls = (Linspace(), 999) if steps == 1000 else (Leading(), steps)
        for name, sampler in ETAS.items():
            key = f"{name} {steps}"
            cells[key], tiles[key] = measure(sampler, model, grid, calls, FEW if quick or steps == 1000 else MANY)
            print(key, cells[key], flush=True)
    return cells, tiles


def fast(quick: bool) -> tuple[dict[str, dict[str, object]], dict[str, bytes]]:
    """Samplers at few steps beside DDPM at many, on the network's own schedule, even in time."""
    model = score_network().halved()
    given = MNIST().load("train").points[:GIVEN]
    cells, tiles = {}, {}
    for name, (sampler, budgets) in FAST.items():
        for steps in budgets[:1] if quick else budgets:
            key = f"{name} {steps}"
            fitted = sampler.fitted(model, given, 0)
            cells[key], tiles[key] = measure(
                fitted, model, UniformTime(), steps, FEW if quick or steps == 1000 else MANY
            )
            print(key, cells[key], flush=True)
    return cells, tiles


def write(part: str, cells: dict[str, dict[str, object]], tiles: dict[str, bytes], folder: Path) -> None:
    """The table and its digits."""
    told = {
        "command": f"python -m benchmarks.ddim_table --part {part}",
        "measure": "MNIST-Fréchet to the 10,000 test digits: value, and the ends of the 95 % interval",
        "few": {"samples": FEW, "floor": as_list(floor(FEW))},
        "many": {"samples": MANY, "floor": as_list(floor(MANY))},
        "cells": cells,
    }
    path = folder / f"{NAMES[part]}.json"
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    arrays = {k: np.frombuffer(v, np.uint8).reshape(TILES, 28, 28) for k, v in tiles.items()}
    np.savez_compressed(path.with_suffix(".npz"), **arrays)  # type: ignore[arg-type]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["eta", "fast", "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="few cells of few samples, written nowhere")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for part, make in (("eta", eta), ("fast", fast)):
        if options.part in (part, "all"):
            cells, tiles = make(options.quick)
            if not options.quick:
                write(part, cells, tiles, FOLDER)


if __name__ == "__main__":
    main()
