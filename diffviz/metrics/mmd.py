"""Maximum mean discrepancy: the distance between mean embeddings under Gaussian kernels of several widths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from diffviz.metrics.base import Metric, Points, flat
from diffviz.protocols import Array

WIDTHS = (0.125, 0.25, 0.5, 1.0, 2.0)  # in the plane, for data of unit scale; distances grow with the root of D
_ROWS = 512


def mmd(x: Points, y: Points) -> float:
    """Square root of E k(X, X') + E k(Y, Y') - 2 E k(X, Y), k the mean of Gaussian kernels of WIDTHS sqrt(D / 2).

    x (n, *D), y (m, *D); no unit, at most sqrt(2). Never negative and 0 only for the same set, as every pair counts,
    a point with itself too. Gretton et al. 2012, equation 5.
    """
    a, b = flat(x, y)
    return math.sqrt(max(0.0, _mean_kernel(a, a) + _mean_kernel(b, b) - 2 * _mean_kernel(a, b)))


def _mean_kernel(a: Array, b: Array) -> float:
    others = torch.from_numpy(b)
    total = 0.0
    for block in torch.split(torch.from_numpy(a), _ROWS):
        squared = torch.cdist(block, others, compute_mode="donot_use_mm_for_euclid_dist").square_()
        total += sum(float(torch.exp(squared / (-a.shape[1] * width**2)).sum()) for width in WIDTHS)
    return total / (len(WIDTHS) * len(a) * len(b))


@dataclass(frozen=True)
class MMD(Metric):
    """The distance between mean embeddings under Gaussian kernels from an eighth to twice the data's scale."""

    title: ClassVar[str] = "MMD"
    paper: ClassVar[str] = "Gretton et al. 2012, equation 5"
    latex: ClassVar[str] = r"\big(\mathbb E\,k(X,X')+\mathbb E\,k(Y,Y')-2\,\mathbb E\,k(X,Y)\big)^{1/2}"

    def __call__(self, x: Points, y: Points) -> float:
        """The distance between x (n, *D) and y (m, *D)."""
        return mmd(x, y)
