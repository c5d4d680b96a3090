"""Exact optimal transport between small sets of points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from diffviz.config import ConfigError
from diffviz.metrics.base import Metric, Points, flat
from diffviz.protocols import Array

MOST = 1_000  # points on a side; the cost of an assignment grows with their cube


def exact_w2(x: Points, y: Points) -> float:
    """The W2 distance between the empirical laws of x (n, *D) and y (m, *D), in their units.

    n and m at most 1,000, else `ConfigError`. Equal sizes are an assignment problem; unequal ones are too, once every
    point is split into equal parts (lcm / n and lcm / m of them), and where that makes too many, a linear programme.
    Peyré and Cuturi 2019, section 2.3; solved by scipy.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    a, b = flat(x, y)
    n, m = len(a), len(b)
    if max(n, m) > MOST:
        raise ConfigError(f"Exact transport takes at most {MOST:,} points on a side, got {n:,} and {m:,}.")
    parts = math.lcm(n, m)
    costs = cdist(a, b, "sqeuclidean")
    if parts > MOST:
        return math.sqrt(_programme(costs))
    costs = costs.repeat(parts // n, 0).repeat(parts // m, 1)
    return math.sqrt(costs[linear_sum_assignment(costs)].mean())


def _programme(costs: Array) -> float:
    """The least mean cost over couplings of uniform weights, by scipy's HiGHS."""
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    n, m = costs.shape
    rows = kron(eye_array(n), np.ones((1, m)))
    columns = kron(np.ones((1, n)), eye_array(m))
    sides = np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)])
    solution = linprog(costs.ravel(), A_eq=vstack([rows, columns]).tocsr(), b_eq=sides, method="highs")
    if solution.status:
        raise ConfigError(f"Exact transport was not solved: {solution.message}")
    return max(0.0, float(solution.fun))


@dataclass(frozen=True)
class ExactTransport(Metric):
    """How far points must move at the least, on the whole: no projection, no kernel."""

    title: ClassVar[str] = "Exact Wasserstein-2"
    paper: ClassVar[str] = "Peyré and Cuturi 2019, section 2.3"
    pairs: ClassVar[int] = 6
    latex: ClassVar[str] = r"\Big(\min_{P\ge0,\,P1=\frac1n,\,P^\top1=\frac1m}\sum_{ij}P_{ij}\|x_i-y_j\|^2\Big)^{1/2}"

    def __call__(self, x: Points, y: Points) -> float:
        """The distance between x (n, *D) and y (m, *D), in their units."""
        return exact_w2(x, y)
