"""Claims about DPM-Solver: the solution as an integral over lambda, and the steps that approximate it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from scipy.integrate import cumulative_simpson, quad, simpson
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.convergence import Run, local_order, run_of
from diffviz.claims.gaussian import weak_order
from diffviz.claims.problem import VP, exactly, model, noised
from diffviz.protocols import Array
from diffviz.samplers import (
    DDIM,
    DDPM,
    DPMSolver1,
    DPMSolver2,
    DPMSolverPP1,
    Move,
    Node,
    SDEDPMSolverPP1,
    SDEDPMSolverPP2M,
)
from diffviz.samplers.base import nodes_at
from diffviz.samplers.probability_flow import exact_flow


class Path(NamedTuple):
    """The exact flow at falling times (N,), which are even in lambda: states x and noise eps, (N, B, 2) each."""

    times: Array
    lam: Array
    x: Array
    eps: Array


def _exact_path(seed: int) -> Path:
    """From lambda = -1 to 1, from draws of q."""
    lam = np.linspace(-1.0, 1.0, 201)
    times = VP.time_of(lam)
    x = exact_flow(model(), noised(float(times[0]), 64, seed).x, times, 400)
    eps = torch.stack([model().predict(state, t).eps for state, t in zip(x, times.tolist(), strict=True)])
    return Path(times, lam, x.numpy(), eps.numpy())


def integrating_factor(seed: int) -> Measurement:
    """X_t = u_s / u_t x_s + int u_tau / u_t A_tau eps dtau at the end of an exact path.

    u = exp(-int_0^tau f) solves u' = -f u; the printed exp(-int_tau^inf f) solves u' = f u.
    """
    path = _exact_path(seed)
    integral = cumulative_simpson(-VP.f(path.times), x=-path.times, initial=0.0)  # times fall
    rate = VP.g2(path.times) / (2 * VP.sigma(path.times))

    def error(log_u: Array) -> float:
        factor = np.exp(log_u - log_u[-1])
        added = simpson((factor * rate)[:, None, None] * path.eps, x=path.times, axis=0)
        return _distance(factor[0] * path.x[0] + added, path.x[-1])

    return Measurement(0.0, exactly(error(-integral)), exactly(error(integral)), tolerance=1e-4)


def lambda_integral(seed: int) -> Measurement:
    """X_t = alpha_t / alpha_s x_s - alpha_t int e^-lambda eps dlambda, with lambda's sign as it is read."""
    path = _exact_path(seed)
    alpha = VP.alpha(path.times)

    def error(lam: Array) -> float:
        integral = simpson(np.exp(-lam)[:, None, None] * path.eps, x=lam, axis=0)
        return _distance(alpha[-1] / alpha[0] * path.x[0] - alpha[-1] * integral, path.x[-1])

    return Measurement(0.0, exactly(error(path.lam)), exactly(error(-path.lam)), tolerance=1e-4)


def dpm_solver_1(seed: int) -> Measurement:
    """The order of one step's error, with the sign of the noise as it should be and as printed."""

    def printed(s: Node, t: Node, x: Tensor) -> Tensor:
        return t.alpha / s.alpha * x - t.alpha * (t.sigma / t.alpha - s.sigma / s.alpha) * _eps(x, s)

    return Measurement(2.0, local_order(run_of(DPMSolver1()), seed), local_order(_one_step(printed), seed), 0.1)


def derivative_quotient(seed: int) -> Measurement:
    """The quotient for d eps / d lambda along the exact path, over a central difference."""
    path, k = _exact_path(seed), 100
    h = float(path.lam[k + 1] - path.lam[k])
    slope = (path.eps[k + 1] - path.eps[k - 1]) / (2 * h)

    def ratio(denominator: float) -> float:
        quotient = (path.eps[k + 1] - path.eps[k]) / denominator
        return float((quotient * slope).sum() / np.square(slope).sum())

    return Measurement(1.0, exactly(ratio(h)), exactly(ratio(float(path.times[k + 1] - path.lam[k]))), tolerance=0.03)


def phi_functions(seed: int) -> Measurement:
    """The integrals that weight the derivatives of order 0 to 3, by quadrature, over their closed forms.

    Orders 0 and 1 are what the library's DPM-Solver-2 computes with; the others follow by phi's recursion.
    """
    s, t = nodes_at(VP, VP.time_of(np.array([0.3, 1.1])))
    h = t.lam - s.lam
    phi = [math.exp(h)]
    for n in range(4):
        phi.append((phi[n] - 1 / math.factorial(n)) / h)
    closed = [t.sigma / t.alpha * h ** (n + 1) * phi[n + 1] for n in range(4)]
    closed[:2] = [-DPMSolver2().gain(t, h) / t.alpha, -h * DPMSolver2().slope(t, h) / t.alpha]

    def integrand(lam: float, n: int) -> float:
        return math.exp(-lam) * (lam - s.lam) ** n / math.factorial(n)

    integrals = [quad(integrand, s.lam, t.lam, args=(n,))[0] for n in range(4)]
    worst = max(abs(integral / form - 1) for integral, form in zip(integrals, closed, strict=True))
    return Measurement(0.0, exactly(worst), None, tolerance=1e-10)


def dpm_solver_2(seed: int) -> Measurement:
    """The order of one step's error."""
    return Measurement(3.0, local_order(run_of(DPMSolver2()), seed), None, tolerance=0.15)


def dpm_solver_pp_1(seed: int) -> Measurement:
    """The order of one step's error on the flow, by DPM-Solver++(1) and by the note's last formula."""

    def printed(s: Node, t: Node, x: Tensor) -> Tensor:
        move = _sde_move(s, t)
        return move.state * x + move.prediction * model().predict(x, s.t).x0

    return Measurement(2.0, local_order(run_of(DPMSolverPP1()), seed), local_order(_one_step(printed), seed), 0.1)


def sde_solver_is_ddpm(seed: int) -> Measurement:
    """The numbers of SDE-DPM-Solver++(1), of DDPM with beta-tilde and of DDIM at eta = 1, over 50 steps."""
    nodes = nodes_at(VP, np.linspace(VP.t_max, VP.t_min, 51))
    solver = SDEDPMSolverPP1().moves(nodes)
    others = DDPM().moves(nodes), [m.in_view("x0", s) for m, s in zip(DDIM(1.0).moves(nodes), nodes, strict=False)]
    worst = max(
        float(np.abs(np.array(move[:3]) - np.array(other[:3])).max())
        for same in others
        for move, other in zip(solver, same, strict=True)
    )
    return Measurement(0.0, exactly(worst), None, tolerance=1e-12)


def sde_2m(seed: int) -> Measurement:
    """The order in law of SDE-DPM-Solver++ 2M, and of the printed formula, offered as of higher order."""

    def printed(nodes: Sequence[Node]) -> list[Move]:
        return [_sde_move(s, t) for s, t in pairwise(nodes)]

    return Measurement(2.0, weak_order(SDEDPMSolverPP2M().moves), weak_order(printed), tolerance=0.1)


def _sde_move(s: Node, t: Node) -> Move:
    """sigma_t / sigma_s e^-h x + alpha_t (1 - e^-2h) x_0 + sigma_t sqrt(1 - e^-2h) z: the note's last formula."""
    h = t.lam - s.lam
    decay = 1 - math.exp(-2 * h)
    return Move(t.sigma / s.sigma * math.exp(-h), t.alpha * decay, t.sigma * math.sqrt(decay))


def _one_step(step: Callable[[Node, Node, Tensor], Tensor]) -> Run:
    """A printed step as a run of one step."""

    def run(x: Tensor, times: Array) -> Tensor:
        s, t = nodes_at(VP, times)
        return step(s, t, x)

    return run


def _eps(x: Tensor, s: Node) -> Tensor:
    return model().predict(x, s.t).eps


def _distance(x: Array, y: Array) -> float:
    """Root mean square distance of points (B, 2)."""
    return float(np.sqrt(np.square(x - y).sum(1).mean()))


CLAIMS: tuple[Claim, ...] = (
    Claim("integrating-factor", "distance of the integral form from the exact end", integrating_factor),
    Claim("lambda-integral", "distance of the λ-integral from the exact end", lambda_integral),
    Claim("dpm-solver-1", "order of one step's error in h", dpm_solver_1),
    Claim("derivative-quotient", "difference quotient over the derivative dε/dλ", derivative_quotient),
    Claim("phi-functions", "integrals by quadrature against φ: largest relative difference", phi_functions),
    Claim("dpm-solver-2", "order of one step's error in h", dpm_solver_2),
    Claim("dpm-solver-pp-1", "order of one step's error in h, on the flow", dpm_solver_pp_1),
    Claim("sde-solver-is-ddpm", "largest difference between the three samplers' coefficients", sde_solver_is_ddpm),
    Claim("sde-2m", "order in law, by the variance of Gaussian data", sde_2m),
)
