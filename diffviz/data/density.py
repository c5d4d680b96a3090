"""What a distribution with a closed form answers, at every noise level."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from diffviz.data.normalise import Normalisation
from diffviz.protocols import Coefficient


class NoisedDensity(Protocol):
    """The law q_t of x_t = alpha x_0 + sigma eps, at points x (B, D)."""

    def log_density(self, x: Tensor) -> Tensor:
        """log q_t(x), (B,), per unit of volume."""
        ...

    def score(self, x: Tensor) -> Tensor:
        """grad log q_t(x), (B, D), per unit of x."""
        ...

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[x_0 | x_t = x], the denoised point, (B, D)."""
        ...


class Density(Protocol):
    """The law q_0 of data."""

    def affine(self, normalisation: Normalisation) -> Density:
        """The law of the points that `normalisation` maps this one's to."""
        ...

    def at(
        self,
        alpha: Coefficient = 1.0,
        sigma: Coefficient = 0.0,
        dtype: torch.dtype = torch.float64,
        device: torch.device | None = None,
    ) -> NoisedDensity:
        """Its noised law at one noise level (floats), or at one noise level a sample (tensors (B,))."""
        ...
