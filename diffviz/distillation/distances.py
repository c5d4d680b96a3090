"""How far two answers of a consistency map are apart: what its training makes small."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

Features = Callable[[Tensor], Tensor]  # images (B, C, H, W) to numbers (B, K) that say what is on them
Between = Callable[[Tensor, Tensor], Tensor]  # two batches (B, *D) to distances (B,)


@dataclass(frozen=True)
class Distance:
    """A kind of distance; between: of two batches (B, *D), (B,). None for the one that needs features."""

    title: str
    paper: str
    latex: str
    between: Between | None


def squared(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|², (B,)."""
    return (x - y).square().flatten(1).sum(1)


def absolute(x: Tensor, y: Tensor) -> Tensor:
    """The sum of the coordinates' absolute differences, (B,)."""
    return (x - y).abs().flatten(1).sum(1)


def pseudo_huber(x: Tensor, y: Tensor) -> Tensor:
    """sqrt(|x - y|² + c²) - c, (B,): squared where answers are near, plain where they are far, so that few far ones
    do not lead. c = 0.03 sqrt(D / 2): the paper's 0.00054 sqrt(D) is for images of many pixels.
    """
    c = 0.03 * math.sqrt(x[0].numel() / 2)
    return (squared(x, y) + c * c).sqrt() - c


def feature_distance(features: Features) -> Between:
    """The squared distance of unit features plus a tenth of that of the pixels, (B,), as features alone leave much
    open. Instead of LPIPS, whose network knows photographs.
    """

    def between(x: Tensor, y: Tensor) -> Tensor:
        seen = squared(functional.normalize(features(x), dim=1), functional.normalize(features(y), dim=1))
        return seen + squared(x, y) / x[0].numel() / 10

    return between


DISTANCES = {
    "huber": Distance(
        "Pseudo-Huber",
        "Song and Dhariwal 2023, section 3.3",
        r"d(x,y)=\sqrt{\lVert x-y\rVert^2+c^2}-c",
        pseudo_huber,
    ),
    "l2": Distance("Squared L2", "Song et al. 2023, section 5", r"d(x,y)=\lVert x-y\rVert_2^2", squared),
    "l1": Distance("L1", "Song et al. 2023, section 5", r"d(x,y)=\lVert x-y\rVert_1", absolute),
    "features": Distance(
        "Features of a classifier",
        "Zhang et al. 2018 (LPIPS); Song et al. 2023, section 5",
        r"d(x,y)=\lVert\phi(x)-\phi(y)\rVert_2^2+\tfrac1{10}\,\overline{(x-y)^2}",
        None,
    ),
}
