"""What networks on images are made of."""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffviz.protocols import Coefficient

N = TypeVar("N", bound=nn.Module)
_RATES = 16
_ZERO = "starts_as_zeros"


def zero_initialised(layer: N) -> N:
    """The layer, marked to begin as zeros: one that ends a branch, which thereby begins as nothing."""
    setattr(layer, _ZERO, True)
    return layer


def seeded_network(network: N, seed: int) -> N:
    """A network laid out on the meta device, now on the processor with weights from `seed` alone.

    Weights are uniform with variance 1 / inputs; biases, embeddings and `zero_initialised` layers are zero. The layers'
    own initialisation would draw from the global state.
    """
    # Not by `to_empty`, for which torch loads its whole compiler, sympy included: a second or two, and 35 MB.
    for module in network.modules():
        for name, weight in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(torch.empty(weight.shape)))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.GroupNorm):
                module.weight.fill_(1)
                module.bias.zero_()
            elif isinstance(module, nn.Embedding):
                module.weight.zero_()
            elif isinstance(module, nn.Conv2d | nn.Linear | nn.ConvTranspose2d):
                across = module.weight.shape[0] if isinstance(module, nn.ConvTranspose2d) else module.weight[0].numel()
                # A layer of zeros draws too, so that it takes no part in what the others are given.
                bound = 0.0 if hasattr(module, _ZERO) else math.sqrt(3.0 / across)
                module.weight.copy_(torch.rand(module.weight.shape, generator=generator) * (2 * bound) - bound)
                if module.bias is not None:
                    module.bias.zero_()
    return network


def time_features(t: Coefficient, x: Tensor) -> Tensor:
    """Sines and cosines of t at 16 rates from 1 to 1000, (B or 1, 32), on the device of x."""
    time = t.reshape(-1, 1) if isinstance(t, Tensor) else x.new_full((1, 1), t)
    angle = time * torch.logspace(0, 3, _RATES, device=x.device)
    return torch.cat([angle.sin(), angle.cos()], 1)


def time_embedding(width: int) -> nn.Sequential:
    """From `time_features` to the embedding of time, (B, width)."""
    return nn.Sequential(nn.Linear(2 * _RATES, width), nn.SiLU(), nn.Linear(width, width))


def norm(width: int) -> nn.GroupNorm:
    """Groups of 16 channels, or of more where 16 do not fit."""
    return nn.GroupNorm(math.gcd(max(1, width // 16), width), width)


class Block(nn.Module):
    """A residual block: two convolutions, modulated by the embedding in between (Ho et al. 2020, appendix B).

    x (B, before, H, W), embedding (B or 1, embedded) -> (B, width, H, W). The embedding scales and shifts after the
    second norm (Dhariwal and Nichol 2021, section 3.1).
    """

    def __init__(self, before: int, width: int, embedded: int, dense: bool = True) -> None:
        super().__init__()
        self.in_norm = norm(before)
        self.in_conv = nn.Conv2d(before, width, 3, padding=1) if dense else _depthwise(before, width)
        self.embedding_projection = nn.Linear(embedded, 2 * width)
        self.out_norm = norm(width)
        self.out_conv = zero_initialised(nn.Conv2d(width, width, 3 if dense else 1, padding="same"))
        self.skip = nn.Conv2d(before, width, 1) if before != width else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """The input plus what the block adds, (B, width, H, W)."""
        h = self.in_conv(functional.silu(self.in_norm(x)))
        scale, shift = self.embedding_projection(embedding)[:, :, None, None].chunk(2, 1)
        h = torch.addcmul(shift, self.out_norm(h), 1 + scale)
        return self.skip(x) + self.out_conv(functional.silu(h))


def _depthwise(before: int, width: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, before, 5, padding=2, groups=before), nn.Conv2d(before, width, 1))


class Attention(nn.Module):
    """Every place looks at every other; heads of about 32 channels (Ho et al. 2020, appendix B)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = math.gcd(max(1, width // 32), width)
        self.in_norm = norm(width)
        self.in_conv = nn.Conv2d(width, 3 * width, 1)
        self.out_conv = zero_initialised(nn.Conv2d(width, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """The input plus what attention adds, (B, width, H, W)."""
        batch, width, height, breadth = x.shape
        shape = (batch, 3, self.heads, width // self.heads, height * breadth)
        query, key, value = self.in_conv(self.in_norm(x)).reshape(shape).unbind(1)  # (batch, heads, channels, places)
        # Written out: on a processor the fused kernel's way back takes a fifth of the whole step.
        weights = (query.transpose(-1, -2) @ key * shape[3] ** -0.5).softmax(-1)
        return x + self.out_conv((value @ weights.transpose(-1, -2)).reshape(x.shape))
