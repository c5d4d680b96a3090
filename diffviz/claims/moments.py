"""The size of the ring's noised points: of the density itself, and of samples."""

from __future__ import annotations

import math

from torch import Tensor

from diffviz.claims.problem import VP, estimate, expectation
from diffviz.estimate import Estimate
from diffviz.protocols import Schedule


def marginal_size(t: float, schedule: Schedule = VP) -> float:
    """Root mean square coordinate of the noised ring at time t."""
    return math.sqrt(expectation(lambda x: x.square().mean(1), t, schedule))


def sample_size(x: Tensor) -> Estimate:
    """Root mean square coordinate of x (B, 2), with its standard error."""
    square = estimate(x.square().mean(1))
    root = math.sqrt(square.mean)
    return Estimate(root, square.error / (2 * root) if root else 0.0)
