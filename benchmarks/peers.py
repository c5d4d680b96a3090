"""What a sampler step costs here and in an independent public library (diffusers): `python -m benchmarks.peers`.

State (512, 2), float32, one thread; the model holds its answer ready, and so does the noise where the library takes it;
where the library draws inside `step`, both draw alike. Its `step` is given eps and converts it to x_0 itself; ours is
timed twice, with x_0 asked of an eps model (the like for like, and the ratio) and with both views ready.
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
from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient
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
ANCESTRAL = "EulerAncestralDiscreteScheduler"
DRAWING = ("DDPMScheduler", ANCESTRAL)
LAST = {"final_sigmas_type": "sigma_min"}
SDE = {"algorithm_type": "sde-dpmsolver++"}

Pair = tuple[str, Sampler, str, dict[str, Any]]
PAIRS: list[Pair] = [
    ("DDIM", DDIM(), "DDIMScheduler", {"clip_sample": False}),
    ("DDIM, η = 1", DDIM(1.0), "DDIMScheduler", {"clip_sample": False}),
    ("DDPM", DDPM(), "DDPMScheduler", {"clip_sample": False}),
    ("Euler ancestral, ours DDIM, η = 1", DDIM(1.0), ANCESTRAL, {}),
    ("DPM-Solver++ 2M", DPMSolverPP2M(), MULTI, {"solver_order": 2}),
    ("DPM-Solver++ 3M", DPMSolverPP3M(halved=True), MULTI, {"solver_order": 3}),
    ("DPM-Solver++ 2S", DPMSolverPP2S(), SINGLE, {"solver_order": 2} | LAST),
    ("DPM-Solver++ 3S", DPMSolverPP3S(), SINGLE, {"solver_order": 3} | LAST),
    ("DPM-Solver-2", DPMSolver2(), SINGLE, {"solver_order": 2, "algorithm_type": "dpmsolver"} | LAST),
    ("SDE-DPM-Solver++(1)", SDEDPMSolverPP1(), MULTI, {"solver_order": 1} | SDE),
    ("SDE-DPM-Solver++ 2M", SDEDPMSolverPP2M(), MULTI, {"solver_order": 2} | SDE),
    ("UniPC-2", UniPC2(), UNI, {"solver_order": 2}),
    ("UniPC-3", UniPC3(), UNI, {"solver_order": 3}),
    ("Karras et al. Heun", EDM(), "HeunDiscreteScheduler", {}),
]


class EpsOnly(Ready):
    """The same answer as eps alone, so that a sampler that wants x_0 pays for the conversion."""

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """At fixed alpha and sigma: looking those up is the model's part, not the sampler's."""
        return Prediction.of_eps(x, 0.8, 0.6, self._answer)


class Fresh(Drawn):
    """Noise drawn when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(2)

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        """Standard normal, the way the library draws it."""
        return torch.randn(SHAPE, generator=self._generator)


def cpu(run: Callable[[], int], before: Callable[[], int] = lambda: 0) -> float:
    """Microseconds of CPU time a call; what goes before each run is not timed."""
    spent = calls = 0
    for _ in range(REPEATS):
        before()
        start = time.thread_time_ns()
        calls += run()
        spent += time.thread_time_ns() - start
    return spent / 1e3 / calls


def ours(sampler: Sampler, model: Ready, noise: Drawn) -> Callable[[], int]:
    """A whole visit, coefficients included."""
    x = torch.ones(SHAPE)
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
    if name in DRAWING:
        extra = {"generator": torch.Generator().manual_seed(2)}
    elif isinstance(sampler, DDIM) and sampler.eta:
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
        if name == ANCESTRAL:
            scheduler.scale_model_input(eps, scheduler.timesteps[0])  # it warns at every step unless called
        return len(scheduler.timesteps)

    return run, prepare


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    rows = {}
    for name, sampler, peer, options in PAIRS:
        noise = Fresh() if peer in DRAWING else Drawn()
        mine = ours(sampler, EpsOnly(), noise), ours(sampler, Ready(), noise)
        rows[name] = (*mine, *theirs(peer, options, sampler))
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, (converting, ready, step, prepare) in rows.items():
            found[name].append((cpu(converting), cpu(ready), cpu(step, prepare), cpu(prepare)))
    print("# Against diffusers\n")
    print(f"diffusers {diffusers.__version__}, torch {torch.__version__}, one thread of two shared cores.")
    print("Ours includes nodes and coefficients; `set_timesteps` is not in the figure of `step`.\n")
    heads = ["ours", "diffusers `step`", "ratio", "ours, x_0 ready", "ratio", "`set_timesteps`"]
    print(f"| per network call at (512, 2), µs | {' | '.join(heads)} |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, times in found.items():
        mine, ready, peer, prepare = (statistics.median(column) for column in zip(*times, strict=True))
        figures = [f"{mine:.1f}", f"{peer:.0f}", f"{peer / mine:.1f}", f"{ready:.1f}", f"{peer / ready:.1f}"]
        print(f"| {name} | {' | '.join(figures)} | {prepare:.0f} |")


if __name__ == "__main__":
    main()
