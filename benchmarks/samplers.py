"""What a sampler step costs beyond the network call: `python -m benchmarks.samplers` prints a Markdown table.

State (512, 2), float32, one thread. The model answers at once with a ready tensor, so that what is timed is the loop,
the coefficients and the update; each figure is the median over runs of 200 steps, interleaved with a bare in-place DDIM
update on the same core. Drawing the noise is timed apart.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from diffviz.grids import UniformLogSNR
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient
from diffviz.samplers import SAMPLERS, Sampler
from diffviz.schedules import LinearVP

SHAPE, STEPS, ROUNDS = (512, 2), 200, 41


class Ready:
    """A model that costs nothing: it holds its answer."""

    def __init__(self) -> None:
        self.schedule = LinearVP()
        self._answer = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The same eps and x0 always; both are given, so no conversion is timed."""
        return Prediction(x, 1.0, 1.0, self._answer, self._answer)


class Drawn:
    """Noise that is ready before it is asked for."""

    def __init__(self) -> None:
        self._z = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))

    def initial(self) -> Tensor:
        """The tensor."""
        return self._z

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        """The tensor."""
        return self._z

    def at(self, lam: float, index: int) -> Tensor:
        """The tensor."""
        return self._z


def microseconds(run: Callable[[], object]) -> float:
    """CPU time of one run, per step."""
    start = time.thread_time_ns()
    run()
    return (time.thread_time_ns() - start) / 1e3 / STEPS


def bare() -> None:
    """x <- a x + b eps in place, nothing else: the floor."""
    x = torch.ones(SHAPE)
    eps = torch.ones(SHAPE)
    for _ in range(STEPS):
        x.mul_(0.99).add_(eps, alpha=0.01)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    model, ready = Ready(), Drawn()
    grid = UniformLogSNR().times(model.schedule, STEPS)
    start = torch.ones(SHAPE)
    ends = model.schedule.lam(np.array([model.schedule.t_max, model.schedule.t_min])).tolist()

    def sampling(sampler: Sampler) -> Callable[[], object]:
        return lambda: [None for _ in sampler.visit(model, start, grid, ready)]

    def drawing(noise: WhiteNoise | BrownianPath) -> Callable[[], object]:
        lam = model.schedule.lam(grid).tolist()
        return lambda: [noise.between(a, b) for a, b in zip(lam[:-1], lam[1:], strict=True)]

    runs: dict[str, Callable[[], object]] = {"bare in-place DDIM update": bare}
    runs |= {cls.title: sampling(cls()) for cls in SAMPLERS.values() if not cls.adaptive}
    runs |= {"DDIM, η = 1": sampling(SAMPLERS["ddim"].parse({"eta": "1"}))}
    runs |= {
        "drawing white noise": drawing(WhiteNoise(0, SHAPE)),
        "drawing a Brownian path": drawing(BrownianPath(0, SHAPE, *ends)),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(microseconds(run))
    floor = statistics.median(times["bare in-place DDIM update"])
    print("| per step at (512, 2) | µs, median | times the bare update |\n| --- | ---: | ---: |")
    for name, found in times.items():
        print(f"| {name} | {statistics.median(found):.1f} | {statistics.median(found) / floor:.2f} |")


if __name__ == "__main__":
    main()
