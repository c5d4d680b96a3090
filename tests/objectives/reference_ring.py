"""Five Gaussians on a ring, N(2 (cos 72k°, sin 72k°), 0.15² I) with weights .10 to .30: the reference mixture."""

import numpy as np

from diffviz.data import GaussianMixture

_ANGLE = 2 * np.pi * np.arange(5) / 5
RING = GaussianMixture(
    np.array([0.10, 0.15, 0.20, 0.25, 0.30]),
    2 * np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], axis=-1),
    np.tile(0.15**2 * np.eye(2), (5, 1, 1)),
)
