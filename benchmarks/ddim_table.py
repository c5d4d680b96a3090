"""The table of the DDIM paper (η against steps) on MNIST, and the faster samplers beside DDPM.

    python -m benchmarks.ddim_table [--part eta|fast|all] [--workers 2] [--quick]

writes assets/mnist/ddim-table.json (every cell: MNIST-Fréchet with its 95 % interval, the share of clear digits), and
assets/mnist/ddim-table.npz (some digits of every cell, as bytes). The shipped unconditional network is read on the
paper's schedule, T = 1000 levels of linear beta, at the paper's linear subsequence; the column of 1000 steps asks at
every level down to the first, 999 calls. A cell has the fewer samples the more steps it takes, at 1000 only 256, as a
thousand calls for each take long. The bias of a Fréchet distance depends on the number of samples, so within a column
cells compare, and across columns only `equal`, which is taken at 256 in every cell.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import torch

from benchmarks.digits import as_list, distance, drawn, floor
from diffviz.data import MNIST
from diffviz.grids import Grid, Leading, Linspace, UniformTime
from diffviz.metrics import classify_images
from diffviz.pretrained.digits import FOLDER, classifier, score_network
from diffviz.protocols import ScoreModel
from diffviz.samplers import DDIM, DDPM, AnalyticDPM, DPMSolverPP2M, Sampler
from diffviz.schedules import DiscreteDDPM
from diffviz.scores.schedule_transformed import ScheduleTransformedModel

ETAS: dict[str, Sampler] = {
    "0": DDIM(),
    "0.2": DDIM(eta=0.2),
    "0.5": DDIM(eta=0.5),
    "1": DDIM(eta=1.0),
    "σ̂": DDPM(variance="large"),
}
COUNTS = {10: 4_096, 20: 4_096, 50: 2_048, 100: 1_024, 1000: 256}  # samples, by steps
FAST: dict[str, tuple[Sampler, tuple[int, ...]]] = {
    "DPM-Solver++ 2M": (DPMSolverPP2M(), (10, 20)),
    "DDIM": (DDIM(), (10, 20, 50)),
    "DDPM β̃": (DDPM(), (10, 20, 50, 1000)),
    "Analytic-DPM": (AnalyticDPM(), (10, 20, 50)),
}
FEW, TILES = 256, 16
GIVEN = 512  # real digits that Analytic-DPM measures the network on
NAMES = {"eta": "ddim-table", "fast": "fast-table"}


Measured = tuple[dict[str, object], bytes]  # one cell, and some of its digits


def measure(sampler: Sampler, model: ScoreModel, grid: Grid, calls: int, count: int) -> Measured:
    """Draw, and look."""
    started = time.process_time()
    images = drawn(sampler, model, grid.times(model.schedule, calls), count)
    output = classify_images(classifier(), images)
    cell: dict[str, object] = {
        "calls": calls,
        "samples": count,
        "frechet": as_list(distance(output)),
        "equal": as_list(distance(output, FEW)),
        "clear": round(output.confident_share, 4),
        "seconds": round(time.process_time() - started, 1),
    }
    tiles = images[:TILES, 0].nan_to_num(0.0).clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    return cell, tiles.numpy().tobytes()


def eta(name: str, steps: int, count: int) -> Measured:
    """A cell of η against steps, on the paper's schedule."""
    model = ScheduleTransformedModel(score_network().bfloat16(), DiscreteDDPM())
    grid, calls = (Linspace(), 999) if steps == 1000 else (Leading(), steps)
    return measure(ETAS[name], model, grid, calls, count)


def fast(name: str, steps: int, count: int) -> Measured:
    """A sampler at few steps, or DDPM at many, on the network's own schedule, even in time."""
    model = score_network().bfloat16()
    given = MNIST().load("train").points[:GIVEN]
    return measure(FAST[name][0].fitted(model, given, 0), model, UniformTime(), steps, count)


PARTS: dict[str, tuple[Callable[[str, int, int], Measured], list[tuple[str, int]]]] = {
    "eta": (eta, [(name, steps) for steps, name in product(COUNTS, ETAS)]),
    "fast": (fast, [(name, steps) for name, (_, budgets) in FAST.items() for steps in budgets]),
}


def write(part: str, measured: dict[str, Measured], folder: Path) -> None:
    """The table and its digits."""
    table = {
        "command": f"python -m benchmarks.ddim_table --part {part}",
        "measure": "MNIST-Fréchet to the 10,000 test digits: value, and the ends of the 95 % interval",
        "floors": {count: as_list(floor(count)) for count in sorted(set(COUNTS.values()))},
        "cells": {key: cell for key, (cell, _) in measured.items()},
    }
    path = folder / f"{NAMES[part]}.json"
    path.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    arrays = {key: np.frombuffer(tiles, np.uint8).reshape(TILES, 28, 28) for key, (_, tiles) in measured.items()}
    np.savez_compressed(path.with_suffix(".npz"), **arrays)  # type: ignore[arg-type]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--workers", type=int, default=1, help="cells measured at a time, one thread each")
    parser.add_argument("--quick", action="store_true", help="few cells of few samples, written nowhere")
    options = parser.parse_args()
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, fresh, torch.set_num_threads, (1,)) as pool:
        for part in PARTS if options.part == "all" else [options.part]:
            cell, asked = PARTS[part]
            if options.quick:
                asked = [(name, steps) for name, steps in asked if steps <= 10]
            waiting = {}
            for name, steps in sorted(asked, key=lambda each: -each[1]):  # the longest first
                count = FEW if options.quick else COUNTS[steps]
                waiting[name, steps] = pool.submit(cell, name, steps, count)
            measured = {}
            for name, steps in asked:
                measured[f"{name} {steps}"] = waiting[name, steps].result()
                print(name, steps, measured[f"{name} {steps}"][0], flush=True)
            if not options.quick:
                write(part, measured, FOLDER)


if __name__ == "__main__":
    main()
