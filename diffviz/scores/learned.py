"""A trained network as a score model."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from diffviz.networks.device import bfloat16_autocast
from diffviz.networks.mlp import VarianceMLPNetwork
from diffviz.networks.targets import TARGETS, radius
from diffviz.prediction import Prediction, expand
from diffviz.protocols import Coefficient, Schedule


def _coefficients(schedule: Schedule, t: float) -> tuple[float, float, float]:
    alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
    return alpha, sigma, radius(alpha, sigma)


class LearnedScore:
    """Read a network's output at (x, t) as the target it was trained on; a gradient is recorded where x asks for one.

    network: (x (B, *D), t float or (B,)) -> (B, *D). target: a slug of `TARGETS`. label: classes (B,) or (1,) for a
    network that takes them, None for its prediction without. half: products in bfloat16 where the hardware has them.
    The prediction holds the variance of a reverse step as well where the network answers one.
    """

    def __init__(
        self, schedule: Schedule, network: nn.Module, target: str, label: Tensor | None = None, half: bool = False
    ) -> None:
        self.schedule, self.network, self.target, self.label, self.half = schedule, network, target, label, half
        self._read = TARGETS[target].read
        # A grid asks for the same times again and again, and numpy on scalars costs as much as a small layer.
        self._coefficients = lru_cache(maxsize=4096)(partial(_coefficients, schedule))

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The prediction at x (B, *D) and time t, a float for the whole batch or (B,)."""
        with torch.set_grad_enabled(x.requires_grad):
            if isinstance(t, Tensor):
                alpha, sigma = self.schedule.alpha(t), self.schedule.sigma(t)
                scale = expand(radius(alpha, sigma), x)
                return self._answer(x, expand(alpha, x), expand(sigma, x), x / scale, t)
            a, s, r = self._coefficients(t)
            return self._answer(x, a, s, x if abs(r - 1) < 1e-9 else x / r, t)

    def _answer(self, x: Tensor, alpha: Coefficient, sigma: Coefficient, scaled: Tensor, t: Coefficient) -> Prediction:
        """What the network says of x, which it sees `scaled` to unit size: its prediction, and its variance if any."""
        if not isinstance(self.network, VarianceMLPNetwork):
            return self._read(x, alpha, sigma, self._output(scaled, t))
        output, variance = self.network.answers(scaled, t)
        prediction = self._read(x, alpha, sigma, output)
        prediction.variance = variance
        return prediction

    def _output(self, x: Tensor, t: Coefficient) -> Tensor:
        """What the network puts out at x (B, *D) of unit scale."""
        label = () if self.label is None else (self.label,)
        if not self.half:
            return self.network.forward(x, t, *label)
        with bfloat16_autocast(x.device, wanted=True):
            return self.network.forward(x, t, *label)

    def with_label(self, label: int | Tensor) -> LearnedScore:
        """The same network given a class, from 0: one for all or (B,)."""
        label = torch.as_tensor(label).reshape(-1)
        return LearnedScore(self.schedule, self.network, self.target, label, self.half)

    def bfloat16(self) -> LearnedScore:
        """The same network with products in bfloat16, faster where the hardware has them."""
        return LearnedScore(self.schedule, self.network, self.target, self.label, half=True)

    def float64(self) -> LearnedScore:
        """A copy of the network in double precision, for errors that single precision would drown."""
        return LearnedScore(self.schedule, deepcopy(self.network).double(), self.target, self.label)
