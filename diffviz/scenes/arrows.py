"""The drawn length of arrows of a score, which itself has no bound."""

from __future__ import annotations

import numpy as np

from diffviz.protocols import Array


def saturated(vectors: Array, places: Array) -> Array:
    """Vectors (..., n, 2) of any length, drawn shorter than a cell of the even square grid of their places (n, 2).

    A score grows without bound far from the data. A vector of length 1 is drawn half as long as the longest may get.
    """
    cell = places[1, 0] - places[0, 0]
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors * (0.95 * cell / (1 + length)))
