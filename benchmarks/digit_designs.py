"""How soon digits can be read: ways to train a small U-Net, against the seconds of a processor.

    python -m benchmarks.digit_designs [--only NAME] [--seconds 30,60]

Each design trains from scratch on MNIST. After so many seconds of the processor its averaged weights draw 500 digits by
20 calls of DDIM, from the same noise for all; drawing is not counted. Printed: the share of clear digits, and
MNIST-Fréchet to the test digits, of which 500 real digits have 20. One seed. What was found stands in
results/digit_designs.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import torch

from benchmarks.digits import distance, drawn
from diffviz.data import MNIST
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.networks import UNet
from diffviz.objectives import Denoising
from diffviz.objectives.time_samplers import LogitNormalTimes
from diffviz.pretrained.digits import LIVE_CONFIG, classifier
from diffviz.samplers import DDIM
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

COUNT, CALLS = 500, 20


def times(mean: float, spread: float, even: float) -> Denoising:
    """The loss at times that are drawn so."""
    return Denoising(times=LogitNormalTimes(mean, spread, even))


PLAIN = replace(
    LIVE_CONFIG, network=UNet(width=16, blocks=2), optimiser="adamw", objective=Denoising(), batch=64, rate=1e-2
)
MUON = replace(PLAIN, optimiser="muon", objective=times(0.9, 0.7, 0.3))
BEST = replace(MUON, objective=times(1.0, 0.6, 0.15))
DESIGNS: dict[str, TrainingConfig] = {
    "AdamW, even times": PLAIN,
    "Muon, even times": replace(PLAIN, optimiser="muon"),
    "AdamW, times 0.9, 0.7, 0.3": replace(MUON, optimiser="adamw"),
    "Muon, times 0.9, 0.7, 0.3": MUON,
    "Muon, times 0.9, 0.9, 0.3": replace(MUON, objective=times(0.9, 0.9, 0.3)),
    "Muon, times 0.9, 0.5, 0.3": replace(MUON, objective=times(0.9, 0.5, 0.3)),
    "Muon, times 1.2, 0.7, 0.3": replace(MUON, objective=times(1.2, 0.7, 0.3)),
    "Muon, times 0.9, 0.7, 0.15": replace(MUON, objective=times(0.9, 0.7, 0.15)),
    "Muon, times 1.0, 0.6, 0.15": BEST,
    "Muon, times 1.0, 0.6, 0.05": replace(MUON, objective=times(1.0, 0.6, 0.05)),
    "the fourth, rate 2e-2": replace(MUON, rate=2e-2),
    "the fourth, batch 32": replace(MUON, batch=32),
    "the fourth, 1 block deeper": replace(MUON, network=UNet(width=16, blocks=2, deeper=1)),
    "the fourth, width 24": replace(MUON, network=UNet(width=24, blocks=2)),
    "the ninth, averaging 8": replace(BEST, averaging=8.0),
    "the ninth, hold 600": replace(BEST, hold=600),
}


def learn(settings: TrainingConfig, seconds: list[float]) -> Iterator[tuple[int, LearnedScore]]:
    """The step and the network after each of so many seconds of the processor."""
    points, shown = MNIST().load("train").points, TrainState(settings, (1, 28, 28), 0)
    loop, spent = training_steps(settings, points, 0), 0.0
    for until in seconds:
        while spent < until:
            started = time.process_time()
            progress = next(loop)
            spent += time.process_time() - started
        yield progress.step, shown.load(progress.weights).bfloat16()


def judged(model: LearnedScore) -> list[str]:
    """The share of clear digits, and MNIST-Fréchet."""
    images = drawn(DDIM(), model, UniformTime().times(model.schedule, CALLS), COUNT)
    output = classify_images(classifier(), images)
    return [f"{output.confident_share:.0%}", f"{distance(output).value:.0f}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="designs whose name begins so")
    parser.add_argument("--seconds", default="30,60")
    options = parser.parse_args()
    torch.set_num_threads(1)
    seconds = [float(text) for text in options.seconds.split(",")]
    for name, settings in DESIGNS.items():
        if name.startswith(options.only):
            looks = [[f"{step:,}", *judged(model)] for step, model in learn(settings, seconds)]
            print(f"| {name} | {' | '.join(chain.from_iterable(looks))} |", flush=True)


if __name__ == "__main__":
    main()
