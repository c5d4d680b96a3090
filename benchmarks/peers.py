"""What a sampler step costs here and in an independent public library (diffusers): `python -m benchmarks.peers`.

State (512, 2), float32, one thread; the model holds its answer ready, and so does the noise where the library takes it.
Each figure is CPU time a network call over runs of 50 steps, four runs in a row, the median over interleaved rounds.
Ours includes nodes and coefficients of the grid; the library's `set_timesteps` is left out of its figure, told apart.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import diffusers
import torch
from torch import Tensor

from benchmarks.samplers import SHAPE, Drawn, Ready
from diffviz.grids import UniformLogSNR
from diffviz.samplers import (
    DDIM,
    DDPM,
    EDM,
    DPMSolver2,
    DPMSolverPP2M,
    DPMSolverPP2S,
    DPMSolverPP3M,
    DPMSolverPP3S,
    Sampler,
    SDEDPMSolverPP1,
    SDEDPMSolverPP2M,
    UniPC2,
    UniPC3,
)

STEPS, ROUNDS, REPEATS = 50, 31, 4
MULTI, SINGLE, UNI = "DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler"
LAST = {"final_sigmas_type": "sigma_min"}
SDE = {"algorithm_type": "sde-dpmsolver++"}

Pair = tuple[str, Sampler, str, dict[str, Any]]
PAIRS: list[Pair] = [
    ("DDIM", DDIM(), "DDIMScheduler", {"clip_sample": False}),
    ("DDIM, η = 1", DDIM(1.0), "DDIMScheduler", {"clip_sample": False}),
    ("DDPM", DDPM(), "DDPMScheduler", {"clip_sample": False}),
    ("DPM-Solver++ 2M", DPMSolverPP2M(), MULTI, {"solver_order": 2}),
    ("DPM-Solver++ 3M", DPMSolverPP3M(halved=True), MULTI, {"solver_order": 3}),
    ("DPM-Solver++ 2S", DPMSolverPP2S(), SINGLE, {"solver_order": 2}),
    ("DPM-Solver++ 3S", DPMSolverPP3S(), SINGLE, {"solver_order": 3}),
    ("DPM-Solver-2", DPMSolver2(), SINGLE, {"solver_order": 2, "algorithm_type": "dpmsolver"} | LAST),
    ("SDE-DPM-Solver++(1)", SDEDPMSolverPP1(), MULTI, {"solver_order": 1} | SDE),
    ("SDE-DPM-Solver++ 2M", SDEDPMSolverPP2M(), MULTI, {"solver_order": 2} | SDE),
    ("UniPC-2", UniPC2(), UNI, {"solver_order": 2}),
    ("UniPC-3", UniPC3(), UNI, {"solver_order": 3}),
    ("Karras et al. Heun", EDM(), "HeunDiscreteScheduler", {}),
]


def cpu(run: Callable[[], int], before: Callable[[], int] = lambda: 0) -> float:
    """Microseconds of CPU time a call; what goes before each run is not timed."""
    spent = calls = 0
    for _ in range(REPEATS):
        before()
        start = time.thread_time_ns()
        calls += run()
        spent += time.thread_time_ns() - start
    return spent / 1e3 / calls


def ours(sampler: Sampler) -> Callable[[], int]:
    """A whole visit, coefficients included."""
    model, noise, x = Ready(), Drawn(), torch.ones(SHAPE)
    grid = UniformLogSNR().times(model.schedule, STEPS)

    def run() -> int:
        for _ in sampler.visit(model, x, grid, noise):
            pass
        return sampler.calls(STEPS)

    return run


def theirs(name: str, options: dict[str, Any], sampler: Sampler) -> tuple[Callable[[], int], Callable[[], int]]:
    """Every `step` of a run, and setting the timesteps."""
    scheduler = getattr(diffusers, name)(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02, **options)
    eps: Tensor = Ready().predict(torch.ones(SHAPE), 0.5).eps
    extra: dict[str, Any] = {}
    if isinstance(sampler, DDIM) and sampler.eta:
        extra = {"eta": sampler.eta, "variance_noise": Drawn().between(0, 0)}
    elif options.get("algorithm_type") == SDE["algorithm_type"]:
        extra = {"variance_noise": Drawn().between(0, 0)}
    steps = STEPS * (sampler.cost if name == SINGLE else 1)

    def run() -> int:
        x = torch.ones(SHAPE)
        for t in scheduler.timesteps:
            x = scheduler.step(eps, t, x, **extra).prev_sample
        return len(scheduler.timesteps)

    def prepare() -> int:
        scheduler.set_timesteps(steps)
        return len(scheduler.timesteps)

    return run, prepare


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    rows = {name: (ours(sampler), *theirs(peer, options, sampler)) for name, sampler, peer, options in PAIRS}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, (mine, peer, prepare) in rows.items():
            found[name].append((cpu(mine), cpu(peer, prepare), cpu(prepare)))
    print(f"diffusers {diffusers.__version__}, torch {torch.__version__}, one thread of two shared cores\n")
    print("| per network call at (512, 2), µs | ours | diffusers `step` | ratio | its `set_timesteps`, a call |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, times in found.items():
        here, there, ready = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"| {name} | {here:.1f} | {there:.0f} | {there / here:.1f} | {ready:.0f} |")


if __name__ == "__main__":
    main()
