"""How straight the paths of a flow are."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from diffviz.protocols import Array


def straightness(t: Array, x: Array | Tensor) -> float:
    """S = int_0^1 E|(X_1 - X_0) - dX/ds|² ds over paths x (N + 1, B, *D) at times t (N + 1,), which rise or fall.

    0 for straight lines at a constant speed, and only for these; in squared units of x. s is time, its whole range
    taken for 1; dX/ds is the mean velocity of each of the N steps, so that S is the limit of fine steps from below.
    Liu et al. 2023, section 2.2 (straightness).
    """
    paths = _flat(x)
    step = np.diff(t) / (t[-1] - t[0])  # (N,), which sum to 1
    velocity = np.diff(paths, axis=0) / step[:, None, None]
    missed = np.square(velocity - (paths[-1] - paths[0])).sum(-1).mean(-1)  # (N,)
    return float(step @ missed)


def length_over_chord(x: Array | Tensor) -> float:
    """The length of paths x (N + 1, B, *D) over the distance of their ends, both in the mean: 1 for straight lines.

    At whatever speed they are travelled, which is what `straightness` counts too.
    """
    paths = _flat(x)
    length = np.linalg.norm(np.diff(paths, axis=0), axis=-1).sum(0)  # (B,)
    return float(length.mean() / np.linalg.norm(paths[-1] - paths[0], axis=-1).mean())


def _flat(x: Array | Tensor) -> Array:
    """As float64 (N + 1, B, D)."""
    paths = np.asarray(x.detach().cpu() if isinstance(x, Tensor) else x, dtype=np.float64)
    return paths.reshape(*paths.shape[:2], -1)
