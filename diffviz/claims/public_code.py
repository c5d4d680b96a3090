"""Claims about what public implementations compute, next to the form of the order that they name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.convergence import global_order, multistep_order, run_of
from diffviz.claims.moments import marginal_size, sample_size
from diffviz.claims.problem import RING, VP, model, noised, posterior_trace
from diffviz.estimate import Estimate
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array
from diffviz.samplers import (
    AnalyticDPM,
    DPMSolver1,
    DPMSolver2,
    DPMSolver3,
    DPMSolverPP3M,
    LinearSampler,
    Move,
    Node,
    SDEDPMSolverPP3M,
    sample,
)
from diffviz.samplers.base import nodes_at
from diffviz.samplers.moments import Moments, gammas

PARTICLES = 1500

# On steps of one length, D0, D1 and D2 of public code as weights of the last three predictions of x_0, newest first.
# D2 is half of the second difference, h² x_0'' / 2.
HELD, FIRST, SECOND = np.array([[1.0, 0.0, 0.0], [1.5, -2.0, 0.5], [0.5, -1.0, 0.5]])


def multistep_3(seed: int) -> Measurement:
    """The order of the error of one step of DPM-Solver++ 3M that knows three exact predictions."""

    def published(nodes: Sequence[Node]) -> Move:
        s, t = nodes[-2:]
        h = t.lam - s.lam
        phi_1, phi_2 = math.expm1(-h), math.expm1(-h) / h + 1
        phi_3 = (math.expm1(-h) + h) / h**2 - 0.5
        return _move(t.sigma / s.sigma, t.alpha * (-phi_1 * HELD + phi_2 * FIRST - phi_3 * SECOND))

    def library(nodes: Sequence[Node]) -> Move:
        return DPMSolverPP3M().moves(nodes)[-1]

    return Measurement(4.0, multistep_order(library, seed), multistep_order(published, seed), tolerance=0.2)


@dataclass(frozen=True)
class PublishedSDE3M(LinearSampler):
    """Steps of SDE-DPM-Solver++ with three predictions as published, with -½ in the weight of D2; even in lambda."""

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """Of first order until three predictions are known."""
        moves = []
        for k, (s, t) in enumerate(pairwise(nodes)):
            h = t.lam - s.lam
            decay = 1 - math.exp(-2 * h)
            weights = decay * HELD
            if k > 1:
                weights = weights + (1 - decay / (2 * h)) * FIRST + ((decay - 2 * h) / (2 * h) ** 2 - 0.5) * SECOND
            moves.append(_move(t.sigma / s.sigma * math.exp(-h), t.alpha * weights, t.sigma * math.sqrt(decay)))
        return moves


def sde_multistep_3(seed: int) -> Measurement:
    """Root mean square coordinate of the samples after 200 steps."""
    times = UniformLogSNR().times(VP, 200)
    x = noised(VP.t_max, PARTICLES, seed).x
    noise = WhiteNoise(seed, (PARTICLES, 2), torch.float64)
    right, published = (
        sample(sampler, model(), x, times, noise).final for sampler in (SDEDPMSolverPP3M(), PublishedSDE3M())
    )
    return Measurement(marginal_size(float(times[-1])), sample_size(right), sample_size(published), tolerance=0.01)


def singlestep_3(seed: int) -> Measurement:
    """The order of DPM-Solver-3, and with its last two steps by orders 2 and 1."""

    def published(x: Tensor, times: Array) -> Tensor:
        for solver, part in ((DPMSolver3(), times[:-2]), (DPMSolver2(), times[-3:-1]), (DPMSolver1(), times[-2:])):
            x = run_of(solver)(x, part)
        return x

    return Measurement(3.0, global_order(run_of(DPMSolver3()), seed), global_order(published, seed), tolerance=0.25)


def clipped_variance(seed: int) -> Measurement:
    """C = E tr Cov[x_0 | x_t] / d where lambda = -1, by the score as the library has it, and clipped to 1."""
    (node,) = nodes_at(VP, VP.time_of(np.array([-1.0])))
    gamma = gammas(model(), torch.from_numpy(RING.draw(50_000, seed)), np.array([node.t]), seed)
    share, error = float(node.sigma**2 * gamma.mean[0]), float(node.sigma**2 * gamma.error[0])
    sampler = AnalyticDPM(moments=Moments((node.lam,), (share,), (error,)))
    error_of_c = math.exp(-2 * node.lam) * error
    return Measurement(
        posterior_trace(node.t) / 2,
        Estimate(sampler.x0_variance(node), error_of_c),
        Estimate(replace(sampler, clip=True, bound=1.0).x0_variance(node), error_of_c),
        tolerance=0.02,
    )


def _move(state: float, weights: Array, noise: float = 0.0) -> Move:
    """state x + weights · (predictions of x_0, newest first) + noise z."""
    newest, *past = weights.tolist()
    return Move(state, newest, noise, tuple(past))


CLAIMS: tuple[Claim, ...] = (
    Claim("multistep-3", "order of one step's error in h", multistep_3),
    Claim("sde-multistep-3", "root mean square coordinate of the samples after 200 steps", sde_multistep_3),
    Claim("singlestep-3", "order of convergence to the exact flow", singlestep_3),
    Claim("clipped-variance", "variance that x leaves open of x₀ where λ = −1, C", clipped_variance),
)
