"""The claim about consistency models: which two answers their loss compares."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.problem import VP, exactly, model, noised
from diffviz.noise import WhiteNoise
from diffviz.samplers import DPMSolverPP2M, DPMSolverPP2S, sample

COUNT, STEPS = 512, 200
NOISIER, CLEANER = 0.5, 0.45  # two neighbouring times


def two_times(seed: int) -> Measurement:
    """Which mixture of two maps each loss likes best: the share of the path's end, the other being x_0 denoised.

    Both maps obey the boundary condition, and only the path's end is consistent, so that the right share is 1. One
    solver's step leads to the neighbour. The loss is a parabola in the share, and its least point is known.
    """
    teacher, noise = model(), WhiteNoise(0, (COUNT, 2))
    x = noised(NOISIER, COUNT, seed).x
    neighbour = sample(DPMSolverPP2S(), teacher, x, np.array([NOISIER, CLEANER]), noise).final

    def path_end(x: Tensor, t: float) -> Tensor:
        first, last = VP.lam(np.array([t, VP.t_min])).tolist()
        inner = VP.time_of(np.linspace(first, last, STEPS + 1)[1:-1])
        return sample(DPMSolverPP2M(), teacher, x, np.array([t, *inner, VP.t_min]), noise).final

    def best_share(time_of_neighbour: float) -> float:
        ends = path_end(x, NOISIER) - path_end(neighbour, time_of_neighbour)
        denoised = teacher.predict(x, NOISIER).x0 - teacher.predict(neighbour, time_of_neighbour).x0
        return float((denoised * (denoised - ends)).sum() / (denoised - ends).square().sum())

    return Measurement(1.0, exactly(best_share(CLEANER)), exactly(best_share(NOISIER)), tolerance=0.02)


CLAIMS: tuple[Claim, ...] = (
    Claim("consistency-two-times", "share of the path's end in the map that the loss likes best", two_times),
)
