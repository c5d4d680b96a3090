"""When solving the linear part exactly pays: `python -m benchmarks.split` prints two Markdown tables.

The reference mixture (five modes on a ring, linear VP, exact score, float64) on grids even in log-SNR. First the root
mean square error of single steps started on the exact flow, in its two parts; then the distance from the exact flow at
the end, at equal numbers of calls, with adaptive RK45 at the tolerance that comes nearest.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from diffviz.data import GaussianMixture
from diffviz.experiments.step_errors import step_errors
from diffviz.grids import UniformLogSNR
from diffviz.metrics import rmse
from diffviz.noise import WhiteNoise
from diffviz.samplers import (
    DDIM,
    RK45,
    DPMSolver2,
    DPMSolver3,
    ProbabilityFlowEuler,
    ProbabilityFlowHeun,
    ProbabilityFlowRK3,
    ProbabilityFlowRK4,
    Sampler,
    sample,
)
from diffviz.samplers.probability_flow import exact_flow
from diffviz.schedules import LinearVP
from diffviz.scores.mixture import MixtureScore

TRUTH = Path(__file__).parents[1] / "tests" / "data" / "ode_truth.npz"
CALLS = (12, 24, 48, 96)
FAMILIES: dict[str, Sampler] = {
    "Euler in t": ProbabilityFlowEuler(),
    "DDIM = DPM-Solver-1": DDIM(),
    "Heun in t": ProbabilityFlowHeun("t"),
    "Heun in λ": ProbabilityFlowHeun("logsnr"),
    "DPM-Solver-2": DPMSolver2(),
    "RK3 in t": ProbabilityFlowRK3("t"),
    "RK3 in λ": ProbabilityFlowRK3("logsnr"),
    "DPM-Solver-3": DPMSolver3(),
    "RK4 in t": ProbabilityFlowRK4("t"),
    "RK4 in λ": ProbabilityFlowRK4("logsnr"),
}


def main() -> None:
    """Print both tables."""
    torch.set_num_threads(1)
    angle = 2 * np.pi * np.arange(5) / 5
    means = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    mixture = GaussianMixture(np.array([0.10, 0.15, 0.20, 0.25, 0.30]), means, np.stack([0.15**2 * np.eye(2)] * 5))
    model = MixtureScore(LinearVP(), mixture)
    stored = np.load(TRUTH)
    calm = stored["sensitivity"] < 5
    start, end = torch.from_numpy(stored["start"][calm]), torch.from_numpy(stored["end"][calm])
    still = WhiteNoise(0, tuple(start.shape), torch.float64)

    def ended(sampler: Sampler, steps: int) -> tuple[float, int]:
        run = sample(sampler, model, start, UniformLogSNR().times(model.schedule, steps), still)
        return rmse(run.final, end), run.nfe

    print("| one step, at 24 calls in all | linear part | network's part | whole |\n| --- | ---: | ---: | ---: |")
    for name, sampler in FAMILIES.items():
        grid = UniformLogSNR().times(model.schedule, sampler.steps_for(24))
        total, linear, network = (
            math.sqrt((v**2).mean()) for v in step_errors(sampler, model, exact_flow(model, start, grid), grid)
        )
        print(f"| {name} | {linear if linear > 1e-9 else 0:.2g} | {network:.2g} | {total:.2g} |")
    print("\n| distance from the flow, calls: | " + " | ".join(map(str, CALLS)) + " |")
    print("| --- |" + " ---: |" * len(CALLS))
    for name, sampler in FAMILIES.items():
        print(f"| {name} | " + " | ".join(f"{ended(sampler, sampler.steps_for(n))[0]:.2g}" for n in CALLS) + " |")
    ladder = [ended(RK45(tolerance=float(tol)), 1) for tol in np.geomspace(0.5, 1e-5, 60)]
    nearest = [min(ladder, key=lambda found: abs(found[1] - n)) for n in CALLS]
    print("| RK45, adaptive (its calls) | " + " | ".join(f"{error:.2g} ({nfe})" for error, nfe in nearest) + " |")


if __name__ == "__main__":
    main()
