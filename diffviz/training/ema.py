"""An average of the weights over the last share of training."""

from __future__ import annotations

from torch import Tensor


class PowerEMA:
    """Weights of step k averaged in proportion to k^power: its memory grows with training, so no horizon is needed.

    `weights` is flat, like the tensor it follows (Karras et al. 2024, equations 4 and 5).
    """

    def __init__(self, weights: Tensor, power: float) -> None:
        self.weights, self.power = weights.clone(), power

    def update(self, weights: Tensor, step: int) -> None:
        """Take in the weights after `step` (1, 2, ...); step 1 forgets the initial ones."""
        self.weights.lerp_(weights, 1 - (1 - 1 / step) ** (self.power + 1))
