"""How soon digits can be read: small U-Nets against the clock.

    python -m benchmarks.digit_designs [--seconds 90] [--only NAME] [--out benchmarks/results/digit_designs.md]

Each design trains from scratch on MNIST. At fixed times of training (wall time inside the trainer, in this process
alone) its averaged weights draw 500 digits in 20 steps of DPM-Solver++ 2M, and their MNIST-Fréchet distance to the test
digits is taken; drawing and measuring are not counted. Reported: the first time at which the distance lies below the
threshold and stays there, the distance at the ends of 20 s and of 90 s, and steps a second. One seed.
"""

from __future__ import annotations

import argparse
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.digits import distance, drawn, floor
from diffviz.data import MNIST
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.networks import UNet
from diffviz.pretrained.digits import classifier
from diffviz.samplers import DPMSolverPP2M
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

THRESHOLD, COUNT, STEPS = 350.0, 500, 20
TIMES = (10, 20, 30, 45, 60, 75, 90)


@dataclass(frozen=True)
class Design:
    """One way to spend the time."""

    network: UNet
    batch: int = 64
    rate: float = 5e-3
    half: bool = True
    threads: int = 1


DESIGNS = {
    "base: patch 2, width 16, 1 block, dense, batch 64, bfloat16": Design(UNet(16, 1)),
    "width 32": Design(UNet(32, 1)),
    "2 blocks": Design(UNet(16, 2)),
    "3 blocks": Design(UNet(16, 3)),
    "together: 2 blocks, rate 1e-2": Design(UNet(16, 2), rate=1e-2),
    "together: 2 blocks, rate 1e-2, batch 32": Design(UNet(16, 2), batch=32, rate=1e-2),
    "patch 1": Design(UNet(8, 1, patch=1)),
    "depthwise, width 32": Design(UNet(32, 1, convolution="depthwise")),
    "batch 32": Design(UNet(16, 1), batch=32),
    "batch 128": Design(UNet(16, 1), batch=128),
    "rate 2e-3": Design(UNet(16, 1), rate=2e-3),
    "rate 1e-2": Design(UNet(16, 1), rate=1e-2),
    "float32": Design(UNet(16, 1), half=False),
    "2 threads": Design(UNet(16, 1), threads=2),
}


@dataclass(frozen=True)
class Learned:
    """Distances at times, and steps a second."""

    curve: dict[int, float]
    rate: float

    def reached(self) -> float:
        """The first time from which every distance lies below the threshold."""
        late = [t for t, d in self.curve.items() if d >= THRESHOLD]
        below = [t for t in self.curve if t > max(late, default=0)]
        return min(below, default=float("inf"))


def learn(design: Design, seconds: int) -> Learned:
    """Train one design for `seconds`, looking at TIMES."""
    settings = TrainingConfig(
        batch=design.batch, steps=100_000, rate=design.rate, warmup=50, half=design.half, network=design.network
    )
    points = MNIST().load("train").points
    shown, loop = TrainState(settings, (1, 28, 28), 0), training_steps(settings, points, 0)
    spent, step, curve = 0.0, 0, {}
    for until in (t for t in TIMES if t <= seconds):
        torch.set_num_threads(design.threads)
        while spent < until:
            started = time.perf_counter()
            progress = next(loop)
            spent += time.perf_counter() - started
            step = progress.step
        torch.set_num_threads(1)
        model = shown.load(progress.weights).bfloat16()
        images = drawn(DPMSolverPP2M(), model, UniformTime().times(model.schedule, STEPS), COUNT)
        curve[until] = distance(classify_images(classifier(), images)).value
    return Learned(curve, step / spent)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--only", default="", help="designs whose name begins so")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    head = f"| design | s to {THRESHOLD:.0f} | at 20 s | at 90 s | steps/s |"
    rows = [head, "|---|---:|---:|---:|---:|"]
    for name, design in DESIGNS.items():
        if not name.startswith(options.only):
            continue
        learned = learn(design, options.seconds)
        at = [f"{learned.curve[t]:.0f}" if t in learned.curve else "" for t in (20, 90)]
        rows.append(f"| {name} | {learned.reached():g} | {at[0]} | {at[1]} | {learned.rate:.1f} |")
        print(rows[-1], {t: round(d) for t, d in learned.curve.items()}, flush=True)
    if options.out is not None:
        real = floor(COUNT)
        note = f"MNIST-Fréchet of {COUNT} digits; {COUNT} real ones are at {real.value:.0f}. {platform.processor()}"
        options.out.write_text("\n".join(["# Designs for live training", "", *rows, "", note, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
