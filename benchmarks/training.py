"""How soon a swiss roll is learned, against a common trainer, and how many steps a second the loop makes.

    python -m benchmarks.training [--quick] [--out benchmarks/results/training.md]

Everything runs in this one process on one torch thread, on the same data: 8,000 points (noise 0.3, scaled by 1/8),
fresh for each seed. Distances are sliced W2 between 5,000 samples and 5,000 fresh points. Training time is CPU time of
this thread inside the trainer; sampling and measuring are not counted. The library samples with 30 Heun steps on the
probability-flow ODE, the baseline with its own 50 steps.

A seed fixes the training points, the starting noise and the points compared with, for both trainers and at every time,
so that a curve shows learning and not the luck of the draw; a seed whose training points happen to lie far from the
points compared with stays high whatever one does, so that distance is listed, and medians are reported.

A seed's time to a threshold is the first time on its grid from which it and every later measurement lie below. One that
is never there counts as infinite; the last point of a grid needs no later witness, which can only favour the slower.
"""

from __future__ import annotations

import argparse
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from benchmarks.training_baseline import Baseline
from diffviz.data.shapes import SwissRoll
from diffviz.grids import UniformTime
from diffviz.metrics import floor, sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.samplers import ProbabilityFlowHeun, prior, sample
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps

THRESHOLD, COUNT = 0.046, 5_000
ROLL = SwissRoll(noise=0.3, scale=0.125)


def heun(model: LearnedScore, seed: int) -> Tensor:
    """The samples (COUNT, 2) of 30 Heun steps on the probability-flow ODE."""
    noise = WhiteNoise(seed, (COUNT, 2))
    grid = UniformTime().times(model.schedule, 30)
    return sample(ProbabilityFlowHeun(), model, prior(model.schedule, noise), grid, noise).final


class Timed:
    """Drains a trainer up to given amounts of CPU time."""

    def __init__(self, trainer: Iterator[object]) -> None:
        self.trainer, self.spent = trainer, 0.0

    def until(self, seconds: float) -> object:
        """The last thing yielded once `seconds` of training are spent."""
        start = time.thread_time()
        while True:
            last = next(self.trainer)
            now = self.spent + time.thread_time() - start
            if now >= seconds:
                self.spent = now
                return last


def curve_of_library(seed: int, grid: list[float]) -> list[float]:
    """Distances at the times of the grid, training with the default settings."""
    settings = TrainingConfig()
    shown, timed = (
        TrainState(settings, (2,), seed),
        Timed(training_steps(settings, ROLL.draw(8_000, 10_000 + seed), seed)),
    )
    found = []
    for seconds in grid:
        progress = timed.until(seconds)
        assert isinstance(progress, Progress)
        found.append(distance(heun(shown.load(progress.weights), seed), seed))
    return found


def curve_of_baseline(seed: int, grid: list[float]) -> list[float]:
    """The same for the baseline."""
    baseline = Baseline(torch.tensor(ROLL.draw(8_000, 10_000 + seed), dtype=torch.float32), seed)
    timed, found = Timed(baseline.train()), []
    for seconds in grid:
        timed.until(seconds)
        found.append(distance(baseline.sample(COUNT, Generator().manual_seed(seed)), seed))
    return found


def distance(samples: Tensor, seed: int) -> float:
    """Sliced W2 to fresh data."""
    return sliced_w2(samples.numpy(), ROLL.draw(COUNT, 20_000 + seed))


def time_below(grid: list[float], found: list[float]) -> float:
    """The first time of the grid from which all distances lie below the threshold."""
    above = [i for i, value in enumerate(found) if not value < THRESHOLD]
    first = above[-1] + 1 if above else 0
    return grid[first] if first < len(grid) else math.inf


def bare_loop() -> Iterator[int]:
    """The least one would write by hand: the same network, torch's AdamW, independent times, no average."""
    settings = TrainingConfig()
    schedule, network = settings.schedule, settings.network.build((2,), 0)
    data, batch = torch.tensor(ROLL.draw(8_000, 0), dtype=torch.float32), settings.batch
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    generator, step = Generator().manual_seed(0), 0
    while True:
        x0 = data[torch.randint(len(data), (batch,), generator=generator)]
        t = schedule.t_max * torch.rand(batch, generator=generator)
        eps = torch.randn(batch, 2, generator=generator)
        alpha, sigma = torch.cos(t * math.pi / 2)[:, None], torch.sin(t * math.pi / 2)[:, None]
        loss = ((network(alpha * x0 + sigma * eps, t) - (alpha * eps - sigma * x0)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        yield step


def steps_per_second(rounds: int) -> tuple[float, float]:
    """Median steps per CPU-second of the library's loop and of the bare loop, measured in turns."""
    loops: tuple[Iterator[object], ...] = (training_steps(TrainingConfig(), ROLL.draw(8_000, 0), 0), bare_loop())
    found: tuple[list[float], ...] = ([], [])
    for _ in range(rounds):
        for loop, rates in zip(loops, found, strict=True):
            start = time.thread_time()
            for _ in range(200):
                next(loop)
            rates.append(200 / (time.thread_time() - start))
    return statistics.median(found[0]), statistics.median(found[1])


def first_below(grid: list[float], found: list[float]) -> float:
    """The first time of the grid at which the distance is below the threshold at all, luck included."""
    return next((seconds for seconds, value in zip(grid, found, strict=True) if value < THRESHOLD), math.inf)


def curves(
    name: str, curve: Callable[[int, list[float]], list[float]], grid: list[float], seeds: int
) -> list[list[float]]:
    """Distances of each seed at the times of the grid, told as it goes."""
    found = []
    for seed in range(seeds):
        found.append(curve(seed, grid))
        print(name, seed, " ".join(f"{distance:.3f}" for distance in found[-1]), flush=True)
    return found


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="fewer seeds, and the baseline for 12 CPU-seconds only")
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    options = parser.parse_args()
    torch.set_num_threads(1)
    seeds, quality_seeds, limit = (2, 3, 12.0) if options.quick else (5, 10, 100.0)

    real = floor(sliced_w2, ROLL.draw, COUNT, pairs=100)
    marks = [1.0, 2.0, 3.0]
    quality = np.array([curve_of_library(100 + seed, marks) for seed in range(quality_seeds)])
    ours, bare = steps_per_second(15)
    fast_grid = [round(0.1 * i, 1) for i in range(1, 31)] + [4.0, 5.0, 6.0, 8.0, 10.0]
    slow_grid = [4.0 * i for i in range(1, int(limit / 4) + 1)]
    grids = {"library": fast_grid, "baseline": slow_grid}
    measured = {
        "library": curves("library", curve_of_library, fast_grid, seeds),
        "baseline": curves("baseline", curve_of_baseline, slow_grid, seeds),
    }
    stays = {name: [time_below(grids[name], one) for one in found] for name, found in measured.items()}
    fast, slow = (statistics.median(stays[name]) for name in ("library", "baseline"))
    ratio = f"{slow / fast:.0f}" if math.isfinite(slow) else f"more than {slow_grid[-1] / fast:.0f}"

    def seconds(values: list[float], name: str) -> str:
        return ", ".join(f"{v:g}" if math.isfinite(v) else f"> {grids[name][-1]:g}" for v in values)

    luck = [sliced_w2(ROLL.draw(8_000, 10_000 + seed), ROLL.draw(COUNT, 20_000 + seed)) for seed in range(seeds)]
    rows = [
        ("Real against real, 100 pairs: the floor", f"{real.mean:.4f} ± {real.error:.4f}", ""),
        *(
            (
                f"Sliced W2 after {mark:g} CPU-s, mean of {quality_seeds} seeds",
                f"{column.mean():.4f} ± {column.std(ddof=1) / len(column) ** 0.5:.4f}"
                f" = {column.mean() / real.mean:.2f} floors",
                f" = {column.mean() / real.mean:.2f} floors",
                "at most 1.3 floors" if mark == marks[-1] else "",
            )
            for mark, column in zip(marks, quality.T, strict=True)
        ),
        *(
            (f"CPU-s until below {THRESHOLD} {how}, {name}, seeds 0 to {seeds - 1}", seconds(values, name), "")
            for name, found in measured.items()
            for how, values in (
                ("for good", stays[name]),
                ("at all", [first_below(grids[name], one) for one in found]),
            )
        ),
        ("Training points against the points compared with, same seeds", ", ".join(f"{v:.3f}" for v in luck), ""),
        ("Ratio of the medians, for good", ratio, "at least 40"),
        ("Steps per CPU-s, library with weight average", f"{ours:.0f}", "at least 250/300 of the bare loop"),
        ("Steps per CPU-s, bare torch loop of the same network", f"{bare:.0f} (library: {ours / bare:.2f} times)", ""),
    ]
    table = "\n".join(
        ["| What | Measured | Wanted |", "| --- | --- | --- |", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]
    )
    text = f"# Training\n\nPython {platform.python_version()}, torch {torch.__version__}, one thread.\n\n{table}\n"
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text)


if __name__ == "__main__":
    main()
