"""The size of the ring's noised points: in closed form, and of samples."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from diffviz.claims.problem import RING, estimate
from diffviz.estimate import Estimate


def mean_square(alpha: float, sigma: float) -> float:
    """E x² of a coordinate of alpha x_0 + sigma eps."""
    second = RING.weights @ (np.square(RING.means).sum(1) + np.trace(RING.covariances, axis1=1, axis2=2))
    return float(alpha**2 * second / 2 + sigma**2)


def root_mean_square(x: Tensor) -> Estimate:
    """Of a coordinate of x (B, 2), with its standard error."""
    square = estimate(x.square().mean(1))
    root = math.sqrt(square.mean)
    return Estimate(root, square.error / (2 * root) if root else 0.0)
