"""AdamW on one flat vector: a handful of in-place operations a step, however many layers there are.

`torch.optim` costs 1.4 s to import and several times more a step on networks this small.
"""

from __future__ import annotations

import math

import torch
from torch import nn


class FlatParameters:
    """All parameters of a module, and their gradients, as views of two flat vectors."""

    def __init__(self, module: nn.Module) -> None:
        parameters = list(module.parameters())
        self.values = torch.cat([p.detach().reshape(-1) for p in parameters])
        self.gradient = torch.zeros_like(self.values)
        start = 0
        for p in parameters:
            part = slice(start, start + p.numel())
            p.data = self.values[part].view_as(p)
            p.grad = self.gradient[part].view_as(p)
            start = part.stop


class AdamW:
    """Adam with decoupled weight decay, bias corrected (Loshchilov and Hutter 2019, algorithm 2)."""

    def __init__(self, parameters: FlatParameters, betas: tuple[float, float], decay: float, eps: float = 1e-8) -> None:
        self.parameters, self.betas, self.decay, self.eps = parameters, betas, decay, eps
        self.steps = 0
        self.mean = torch.zeros_like(parameters.values)
        self.square = torch.zeros_like(parameters.values)
        self._scale = torch.empty_like(parameters.values)

    def step(self, rate: float) -> None:
        """Descend along the gradient with learning rate `rate`, then clear it."""
        self.steps += 1
        first, second = self.betas
        values, gradient = self.parameters.values, self.parameters.gradient
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        correction = math.sqrt(1 - second**self.steps)
        torch.sqrt(self.square, out=self._scale).add_(self.eps * correction)
        values.mul_(1 - rate * self.decay)
        values.addcdiv_(self.mean, self._scale, value=-rate * correction / (1 - first**self.steps))
        gradient.zero_()
