"""Mode coverage: which components of a mixture the samples reach, and in what shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffviz.data.mixture import GaussianMixture
from diffviz.metrics.base import Points, flat
from diffviz.protocols import Array

COVERED = 0.2  # a mode counts as covered from this part of its weight on
FAR = 4.0  # Mahalanobis distance from every mode beyond which a sample belongs to none


@dataclass(frozen=True, eq=False)
class Coverage:
    """What samples cover of a mixture.

    shares: (K,) part of all samples in each mode; what is missing to 1 lies in none. covered: modes with at least
    COVERED of their weight. total: K. gap: total variation between shares and weights, with stray samples, in [0, 1].
    stray: part of the samples further than FAR standard deviations from every mode.
    """

    shares: Array
    covered: int
    total: int
    gap: float
    stray: float


def mode_coverage(samples: Points, mixture: GaussianMixture) -> Coverage:
    """Each sample (n, D) goes to the mode nearest in Mahalanobis distance, or to none beyond FAR or if not finite."""
    points, means = flat(samples, mixture.means)
    inverse = np.linalg.inv(mixture.covariances)  # (K, D, D)
    apart = points[:, None] - means[None]  # (n, K, D)
    squared = np.einsum("nki,kij,nkj->nk", apart, inverse, apart)
    near = np.nan_to_num(squared, nan=np.inf)
    home = np.where(near.min(1) <= FAR**2, near.argmin(1), len(means))
    counts = np.bincount(home, minlength=len(means) + 1) / len(points)
    shares, stray = counts[:-1], float(counts[-1])
    gap = (np.abs(shares - mixture.weights).sum() + stray) / 2
    covered = int((shares >= COVERED * mixture.weights).sum())
    return Coverage(shares, covered, len(means), float(gap), stray)
