"""Solvers and students at few calls on MNIST.

    python -m benchmarks.few_steps_digits [--count 2048] [--quick]

writes assets/mnist/few-steps-table.json, which the page reads, and benchmarks/results/few_steps_digits.md: for each
lane MNIST-Fréchet to the 10,000 test digits with its 95 % interval, and the share of clear digits with its standard
error. Everybody starts from the same noise. A solver stands on that of two grids, even in t and in λ, on which it comes
nearer with other noise (256 digits). Students are those that ship, at the calls that they have learned.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

import torch

from benchmarks.digits import as_list, batches, distance, floor
from benchmarks.record import RESULTS, table, write
from diffviz.estimate import share_error
from diffviz.experiments.few_steps.digits import CALLS, TABLE, digit_lanes, digit_runner
from diffviz.experiments.lane import AnyLane, Lane, StudentLane
from diffviz.grids import UniformLogSNR, UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import classifier

COUNT, TUNED_ON, TUNING = 2_048, 256, 77_000  # digits of a cell, and of a trial of a grid with its seed
GRIDS = (UniformTime(), UniformLogSNR())


def tuned(lane: AnyLane) -> AnyLane:
    """A solver on the better of the grids; a student as it is."""
    if not isinstance(lane, Lane):
        return lane
    noise = WhiteNoise(TUNING, (TUNED_ON, 1, 28, 28))
    trials = [replace(lane, grid=grid) for grid in GRIDS]
    return min(
        trials, key=lambda trial: distance(classify_images(classifier(), digit_runner(trial).run(noise).final)).value
    )


def measure(lane: AnyLane, count: int) -> dict[str, object]:
    """A cell of the table."""
    started, run, images, nfe = time.process_time(), digit_runner(lane).run, [], set()
    for seed, size in batches(count):
        made = run(WhiteNoise(seed, (size, 1, 28, 28)))
        images.append(made.final)
        nfe.add(made.nfe)
    output = classify_images(classifier(), torch.cat(images))
    trained = lane.sampler.shipped.card.seconds if isinstance(lane, StudentLane) else 0.0
    return {
        "title": lane.title,
        "grid": lane.where,
        "calls": nfe.pop(),
        "frechet": as_list(distance(output)),
        "clear": round(output.confident_share, 4),
        "trained": trained,
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="digits of each cell")
    parser.add_argument("--quick", action="store_true", help="few digits, written nowhere")
    options = parser.parse_args()
    torch.set_num_threads(1)
    count = TUNED_ON if options.quick else options.count
    cells = []
    for calls in CALLS:
        for lane in digit_lanes(calls):
            cells.append(measure(tuned(lane), count))
            print(cells[-1], flush=True)
    if options.quick:
        return
    measured = {
        "command": "python -m benchmarks.few_steps_digits" + f" --count {count}" * (count != COUNT),
        "measure": "MNIST-Fréchet to the 10,000 test digits: value, and the ends of the 95 % interval",
        "samples": count,
        "floor": as_list(floor(count)),
        "cells": cells,
    }
    TABLE.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write("Few calls on MNIST", report(measured), RESULTS / "few_steps_digits.md")


def report(measured: dict[str, object]) -> list[str]:
    """Markdown: a row a cell, the nearest at each number of calls first."""
    count, cells = measured["samples"], measured["cells"]
    assert isinstance(count, int) and isinstance(cells, list)
    rows = []
    for cell in sorted(cells, key=lambda cell: (cell["calls"], cell["frechet"])):
        (value, low, high), clear = cell["frechet"], cell["clear"]
        share = f"{clear:.1%} ± {share_error(clear, count):.1%}"
        cost = f"{cell['trained']:,.0f}" if cell["trained"] else ""
        grid = cell["grid"] or "its own"
        rows.append([cell["title"], grid, f"{cell['calls']}", f"{value:.0f} [{low:.0f}, {high:.0f}]", share, cost])
    head = ["sampler", "grid", "calls", "MNIST-Fréchet", "clear", "CPU s of training beyond the network"]
    return [
        f"{count:,} digits of each; in brackets 95 % intervals; clear: ± a standard error. Real digits, as many: "
        f"{measured['floor']}.",
        "",
        *table(head, rows, 2),
    ]


if __name__ == "__main__":
    main()
