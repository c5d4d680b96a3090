"""Orders of convergence to the exact probability flow, of one step and of a whole run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from diffviz.claims.problem import VP, model, noised
from diffviz.estimate import Estimate
from diffviz.metrics import fitted_order
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array
from diffviz.samplers import Move, Node, Sampler, sample
from diffviz.samplers.base import nodes_at
from diffviz.samplers.probability_flow import exact_flow

Run = Callable[[Tensor, Array], Tensor]  # (x at the first time (B, 2), falling times) -> x at the last time

PARTICLES = 64
STEPS_IN_LAMBDA = (0.2, 0.1, 0.05)
COUNTS = (30, 60, 120)


def run_of(sampler: Sampler) -> Run:
    """A sampler of the library on the ring's exact score, for a deterministic one."""
    return lambda x, times: sample(sampler, model(), x, times, WhiteNoise(0, tuple(x.shape), x.dtype)).final


def local_order(step: Run, seed: int, lam: float = 0.0) -> Estimate:
    """The p of error = C h^p for one step of length h in lambda, from draws of q where lambda is `lam`."""
    ends = [VP.time_of(np.array([lam, lam + h])) for h in STEPS_IN_LAMBDA]
    x = noised(float(ends[0][0]), PARTICLES, seed).x
    errors = [_error(step(x, times), exact_flow(model(), x, times, 40)[-1]) for times in ends]
    return Estimate(*fitted_order(1 / np.array(STEPS_IN_LAMBDA), np.array(errors)))


def multistep_order(move_of: Callable[[Sequence[Node]], Move], seed: int, lam: float = -1.0) -> Estimate:
    """As `local_order`, for the last of three steps of one length whose predictions of x_0 are all exact.

    move_of: from the nodes (4) of the three steps to the last one's move. Its steps are short, as the next term of the
    error is of the opposite sign.
    """
    lengths, errors = np.array(STEPS_IN_LAMBDA) / 4, []
    for h in lengths:
        times = VP.time_of(lam + h * np.arange(-2, 2))
        states = exact_flow(model(), noised(float(times[0]), PARTICLES, seed).x, times, 60)
        newest, *older = [model().predict(x, t).x0 for x, t in zip(states, times[:-1].tolist(), strict=False)][::-1]
        move = move_of(nodes_at(VP, times))
        end = move.state * states[-2] + move.prediction * newest
        errors.append(_error(end + sum(w * x0 for w, x0 in zip(move.past, older, strict=True)), states[-1]))
    return Estimate(*fitted_order(1 / lengths, np.array(errors)))


def global_order(run: Run, seed: int, lam_end: float = 1.5) -> Estimate:
    """The p of error = C N^-p for N steps, even in lambda, from noise to lambda = `lam_end`."""
    noisy = float(VP.lam(VP.t_max))
    x = noised(VP.t_max, PARTICLES, seed).x
    end = exact_flow(model(), x, VP.time_of(np.array([noisy, lam_end])), 300)[-1]
    errors = [_error(run(x, VP.time_of(np.linspace(noisy, lam_end, count + 1))), end) for count in COUNTS]
    return Estimate(*fitted_order(np.array(COUNTS, dtype=np.float64), np.array(errors)))


def _error(x: Tensor, exact: Tensor) -> float:
    """The median, as a few particles on the border between two components would drown all others in a mean."""
    return float(torch.linalg.vector_norm(x - exact, dim=1).median())
