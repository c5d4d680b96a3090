"""Muon: momentum whose steps are orthogonal matrices, for the convolutions of a network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diffviz.config import ConfigError
from diffviz.training.adamw import AdamW, FlatParameters

_COEFFICIENTS = 3.4445, -4.7750, 2.0315  # of the quintic that Jordan et al. tuned
_ITERATIONS = 5
_MOMENTUM = 0.95
_SIZE = 0.2  # root mean square of a weight's step at rate 1, about that of Adam


class Muon(AdamW):
    """AdamW, but each convolution steps by the orthogonal matrix nearest to its momentum (Jordan et al. 2024, "Muon").

    A convolution (out, in, height, width) is the matrix (out, in height width); all its directions are learned equally
    fast, where a gradient mostly follows a few. The step is scaled to Adam's size, so that one rate serves both (Liu et
    al. 2025, "Muon is scalable", equation 4). As Jordan et al. advise, the first and the last convolution, and all that
    is no convolution, are left to AdamW.

    `mean` holds the momentum of a convolution. Raises `ConfigError` for a network of fewer than three convolutions.
    """

    def __init__(
        self, parameters: FlatParameters, network: nn.Module, betas: tuple[float, float], decay: float
    ) -> None:
        super().__init__(parameters, betas, decay)
        convolutions = [each for each in network.modules() if isinstance(each, nn.Conv2d | nn.ConvTranspose2d)]
        if len(convolutions) < 3:
            raise ConfigError("Muon is for networks with convolutions: choose the optimiser adamw for this one.")
        self._inner: dict[tuple[int, int], list[slice]] = {}
        for convolution in convolutions[1:-1]:
            weight = convolution.weight
            start = weight.storage_offset()
            shape = (len(weight), weight[0].numel())
            self._inner.setdefault(shape, []).append(slice(start, start + weight.numel()))

    def step(self, rate: float) -> None:
        """Descend along the gradient with learning rate `rate`, then clear it."""
        values, gradient = self.parameters.values, self.parameters.gradient
        stepped = []
        for shape, parts in self._inner.items():
            slopes = torch.stack([gradient[part] for part in parts])
            momentum = torch.stack([self.mean[part] for part in parts]).lerp_(slopes, 1 - _MOMENTUM)
            ahead = slopes.lerp(momentum, _MOMENTUM).reshape(-1, *shape)
            size = rate * _SIZE * max(shape) ** 0.5
            steps = orthogonalised(ahead).reshape(momentum.shape).mul_(size)
            kept = 1 - rate * self.decay
            stepped += [(part, m, values[part] * kept - s) for part, m, s in zip(parts, momentum, steps, strict=True)]
        super().step(rate)
        for part, momentum, after in stepped:
            self.mean[part], values[part] = momentum, after


def orthogonalised(matrices: Tensor) -> Tensor:
    """Each matrix (K, n, m) with its singular values brought near 1, its singular vectors kept.

    Newton–Schulz iterations of a quintic, which leave the singular values between about 0.7 and 1.2 (Jordan et al.).
    """
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).add(1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.mT if tall else x
