"""A trained network as a score model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diffviz.objectives.targets import TARGETS
from diffviz.prediction import Coefficient, Prediction, Schedule, expand


class LearnedScore:
    """Read a network's output at (x, t) as the target it was trained on; no gradient is recorded.

    network: (x (B, *D), t float or (B,)) -> (B, *D). target: a slug of `TARGETS`.
    """

    def __init__(self, schedule: Schedule, network: nn.Module, target: str) -> None:
        self.schedule, self.network, self.target = schedule, network, target
        self._read = TARGETS[target].read

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """Answer at x (B, *D) and time t, a float for the whole batch or (B,)."""
        with torch.no_grad():
            output = self.network.forward(x, t)
            if isinstance(t, Tensor):
                alpha, sigma = expand(self.schedule.alpha(t), x), expand(self.schedule.sigma(t), x)
                return self._read(x, alpha, sigma, output)
            return self._read(x, float(self.schedule.alpha(t)), float(self.schedule.sigma(t)), output)
