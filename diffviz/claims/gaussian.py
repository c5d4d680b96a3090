"""What a linear sampler makes of Gaussian data, exactly: state and predictions stay jointly normal, with mean 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diffviz.claims.problem import VP
from diffviz.estimate import Estimate
from diffviz.metrics import fitted_order
from diffviz.samplers.base import Move, Node, nodes_at

Moves = Callable[[Sequence[Node]], list[Move]]  # in x and x_0

DATA_VARIANCE = 0.25
LAM_END = 0.5
COUNTS = (40, 80, 160)


def variance_ratio(moves: Moves, count: int) -> float:
    """Variance of x after `count` steps, even in lambda, from q_T to lambda = LAM_END, over its variance under q there.

    Data are N(0, DATA_VARIANCE), for which E[x_0 | x] is linear in x.
    """
    lam = np.linspace(float(VP.lam(VP.t_max)), LAM_END, count + 1)
    nodes = nodes_at(VP, VP.time_of(lam))
    exact = [node.alpha**2 * DATA_VARIANCE + node.sigma**2 for node in nodes]
    covariance = np.zeros((3, 3))  # of x and the last two predictions of x_0, newest first
    covariance[0, 0] = exact[0]
    for move, node, variance in zip(moves(nodes), nodes, exact, strict=False):
        prediction = node.alpha * DATA_VARIANCE / variance
        older = (*move.past, 0.0, 0.0)[:2]
        step = np.array([[move.state + move.prediction * prediction, *older], [prediction, 0, 0], [0, 1, 0]])
        covariance = step @ covariance @ step.T
        covariance[0, 0] += move.noise**2
    return float(covariance[0, 0] / exact[-1])


def weak_order(moves: Moves) -> Estimate:
    """The p of |error of the variance| = C N^-p."""
    errors = np.array([abs(variance_ratio(moves, count) - 1) for count in COUNTS])
    return Estimate(*fitted_order(np.array(COUNTS, dtype=np.float64), errors))
