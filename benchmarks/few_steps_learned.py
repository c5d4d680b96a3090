"""Learned steps against fixed grids: `python -m benchmarks.few_steps_learned` prints a Markdown table a data set.

DPM-Solver++ 2M in five calls on the networks that ship. The error is the distance, start by start, from the same
network's probability flow solved at 1e-8 in double precision; sliced W2 is of the ends from as many fresh points. All
are taken on 10,000 starts that no grid was chosen on, for three seeds of training, starts and fresh points: mean ± sd.
The Karras grid's rho is tuned on the training starts of LD3, to the least root mean square error.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from diffviz.data import Dataset, Ring, SwissRoll
from diffviz.experiments.problem import Problem
from diffviz.grids import Grid, Karras, QuadraticTime, UniformLogSNR, UniformTime
from diffviz.metrics import sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import shipped_state
from diffviz.samplers import DOP853, DPMSolverPP2M, prior, sample
from diffviz.scores.learned import LearnedScore
from diffviz.timesteps import LD3
from diffviz.timesteps.ld3 import SHIPPED_2D, frozen_copy, squared_distance, teacher_ends
from diffviz.training.loop import TrainState

SEEDS, CALLS, COUNT = (0, 1, 2), 5, 10_000
HARD = replace(SHIPPED_2D, fewest=CALLS, most=CALLS)  # each number of calls learns by itself
SOFT = replace(HARD, radius=0.05)
COUPLED = replace(HARD, decoupled=False)
RHOS = np.arange(1.0, 20.5, 0.5)
Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Judge:
    """Held-out starts, where the flow brings them, and fresh points, each (COUNT, 2)."""

    starts: Tensor
    ends: Tensor
    fresh: Tensor

    def measure(self, run: Run) -> tuple[float, float, float]:
        """Root mean square error, median error and sliced W2 of a way to sample."""
        points = run(self.starts)
        error = squared_distance(points, self.ends).sqrt()
        return float(error.square().mean().sqrt()), float(error.median()), sliced_w2(points, self.fresh)


def judge(model: LearnedScore, dataset: Dataset, seed: int) -> Judge:
    """By the model's own flow, on starts of a seed apart from those of training."""
    noise = WhiteNoise(1_000 + seed, (COUNT, 2), torch.float64)
    starts = prior(model.schedule, noise)
    grid = np.array([model.schedule.t_max, model.schedule.t_min])
    ends = sample(DOP853(tolerance=1e-8), model.float64(), starts, grid, noise).final
    fresh = torch.from_numpy(Problem(dataset).draw(COUNT, 5_000_000 + seed))
    return Judge(starts.float(), ends.float(), fresh.float())


def on_grid(model: LearnedScore, grid: Grid) -> Run:
    """DPM-Solver++ 2M in CALLS steps on a fixed grid."""
    times = grid.times(model.schedule, CALLS)
    return lambda x: sample(DPMSolverPP2M(), model, x, times, WhiteNoise(0, tuple(x.shape))).final


def tuned(model: LearnedScore, seed: int) -> Karras:
    """The best rho on the starts that LD3 learns from."""
    x, ends = teacher_ends(model, (2,), HARD.starts, HARD.teacher_calls, seed)
    grids = [Karras(rho=float(rho)) for rho in RHOS]
    return min(grids, key=lambda grid: float(squared_distance(on_grid(model, grid)(x), ends).mean()))


def learned(teacher: TrainState, settings: LD3, seed: int) -> tuple[Run, str]:
    """A student of these settings, and for L_soft what its inner minimum did on all its starts."""
    (last,) = deque(settings.learn(teacher, torch.zeros(1, 2), seed), maxlen=1)
    student = settings.state(teacher, seed).load(last.weights)

    def run(x: Tensor) -> Tensor:
        return student.run(x, CALLS, WhiteNoise(0, tuple(x.shape))).final

    if last.moved is None or last.capture is None:
        return run, ""
    beside = last.capture().beside
    assert beside is not None
    x, ends = teacher_ends(frozen_copy(teacher), (2,), settings.starts, settings.teacher_calls, seed)
    fixed, free = (float(squared_distance(run(at), ends).mean()) for at in (x, beside.reshape(x.shape)))
    return run, f"starts moved {last.moved[0]:.2f} of r σ, loss {fixed:.4f} -> {free:.4f}"


def table(dataset: Dataset) -> list[str]:
    """The lines of one data set."""
    teacher = shipped_state(dataset)
    assert teacher is not None
    model = frozen_copy(teacher)
    rows: dict[str, list[tuple[float, float, float]]] = {}
    notes = []
    for seed in SEEDS:
        by = judge(model, dataset, seed)
        best = tuned(model, seed)
        runs = {
            "Uniform t": on_grid(model, UniformTime()),
            "Quadratic t": on_grid(model, QuadraticTime()),
            "Uniform log-SNR": on_grid(model, UniformLogSNR()),
            "Karras, ρ tuned": on_grid(model, best),
            "LD3, coupled": learned(teacher, COUPLED, seed)[0],
            "LD3, L_hard": learned(teacher, HARD, seed)[0],
        }
        runs[f"LD3, L_soft r = {SOFT.radius:g}"], note = learned(teacher, SOFT, seed)
        runs["the flow itself"] = lambda x, ends=by.ends: ends  # type: ignore[misc]
        for name, run in runs.items():
            rows.setdefault(name, []).append(by.measure(run))
        notes.append(f"seed {seed}: ρ = {best.rho:g}; L_soft: {note}")
    lines = [f"## {dataset.title}", "", "| steps | RMSE | median | sliced W2 |", "| --- | ---: | ---: | ---: |"]
    for name, values in rows.items():
        columns = [f"{np.mean(column):.4f} ± {np.std(column, ddof=1):.4f}" for column in zip(*values, strict=True)]
        lines.append(f"| {name} | {' | '.join(columns)} |")
    return [*lines, "", *notes, ""]


def main() -> None:
    """Print both tables."""
    torch.set_num_threads(1)
    print("# Learned steps, DPM-Solver++ 2M in 5 calls\n")
    for dataset in (SwissRoll(), Ring()):
        print("\n".join(table(dataset)), flush=True)


if __name__ == "__main__":
    main()
