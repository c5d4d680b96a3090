"""A small U-Net for images: the network of the digits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from diffviz.config import Choice, Config, ConfigError, Range
from diffviz.prediction import Coefficient

CONVOLUTIONS = {"dense": "Dense 3×3", "depthwise": "Depthwise 5×5, then 1×1"}


@dataclass(frozen=True)
class UNet(Config):
    """Size of the network; `build` makes one. classes: 0 for a network that is told no label."""

    width: Annotated[int, Range(8, 256, step=8, label="Width", help="Channels at the upper level; twice below.")] = 48
    blocks: Annotated[int, Range(1, 4, label="Blocks", help="Residual blocks a level, down and up alike.")] = 2
    patch: Annotated[int, Range(1, 2, label="Patch", help="Side of the pixel squares that become channels.")] = 2
    convolution: Annotated[str, Choice(CONVOLUTIONS, label="Convolution")] = "dense"
    classes: Annotated[int, Range(0, 1000, label="Classes", help="0 for none.")] = 0

    def build(self, shape: tuple[int, ...], seed: int) -> UNetNetwork:
        """A fresh network on images of `shape` (C, H, W); the same seed gives the same weights."""
        side = 2 * self.patch
        if len(shape) != 3 or shape[1] % side or shape[2] % side:
            raise ConfigError(f"A U-Net of patch {self.patch} needs (C, H, W) with sides of {side}, got {shape}.")
        with torch.device("meta"):  # the layers' own initialisation would draw from the global random state
            network = UNetNetwork(self, shape)
        network.to_empty(device="cpu")
        network.restart(torch.Generator().manual_seed(seed))
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class UNetNetwork(nn.Module):
    """x (B, C, H, W), t float or (B,), label (B,) or None -> (B, C, H, W).

    Two levels, attention at the lower (Ho et al. 2020, appendix B, made small): pixels of a patch become channels, so
    that 28×28 is worked on at 14×14 and 7×7. The label `classes` stands for none. The last layer starts at zero, so
    that the first answer is 0 whatever the seed.
    """

    def __init__(self, config: UNet, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.config, self.shape, self.classes = config, shape, config.classes
        width, pixels, embedded = config.width, shape[0] * config.patch**2, 4 * config.width
        self.clock = nn.Sequential(nn.Linear(2 * _RATES, embedded), nn.SiLU(), nn.Linear(embedded, embedded))
        self.label = nn.Embedding(config.classes + 1, embedded) if config.classes else None
        self.enter = nn.Conv2d(pixels, width, 3, padding=1)
        self.down = nn.ModuleList(_Block(width, width, config) for _ in range(config.blocks))
        self.shrink = nn.Conv2d(width, 2 * width, 2, stride=2)
        self.low = nn.ModuleList(_Block(2 * width, 2 * width, config) for _ in range(2 * config.blocks))
        self.attention = _Attention(2 * width)
        self.grow = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.up = nn.ModuleList(_Block(2 * width, width, config) for _ in range(config.blocks))
        self.norm = _norm(width)
        self.leave = nn.Conv2d(width, pixels, 3, padding=1)

    def restart(self, generator: Generator) -> None:
        """Draw all weights: uniform with variance 1 / inputs; zero for biases and for each layer that ends a branch."""
        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, nn.GroupNorm):
                    module.weight.fill_(1)
                    module.bias.zero_()
                elif isinstance(module, nn.Embedding):
                    module.weight.zero_()
                elif isinstance(module, nn.Conv2d | nn.Linear | nn.ConvTranspose2d):
                    transposed = isinstance(module, nn.ConvTranspose2d)
                    fan_in = module.weight.shape[0] if transposed else module.weight[0].numel()
                    bound = math.sqrt(3.0 / fan_in)
                    module.weight.copy_(torch.rand(module.weight.shape, generator=generator) * (2 * bound) - bound)
                    if module.bias is not None:
                        module.bias.zero_()
            for module in self.modules():
                if isinstance(module, _Block | _Attention | UNetNetwork):
                    module.leave.weight.zero_()

    def forward(self, x: Tensor, t: Coefficient, label: Tensor | None = None) -> Tensor:
        """The raw output, to be read as the target it was trained on."""
        time = t.reshape(-1, 1) if isinstance(t, Tensor) else x.new_full((1, 1), t)
        angle = time * torch.logspace(0, 3, _RATES, device=x.device)
        told = self.clock(torch.cat([angle.sin(), angle.cos()], 1))
        if self.label is not None:
            told = told + self.label(label if label is not None else told.new_full((1,), self.classes, dtype=torch.long))
        told = functional.silu(told)
        h = functional.pixel_unshuffle(x, self.config.patch).contiguous(memory_format=torch.channels_last)
        h = self.enter(h)
        skips = []
        for block in self.down:
            h = block(h, told)
            skips.append(h)
        h = self.shrink(h)
        for i, block in enumerate(self.low):
            h = block(h, told)
            if i + 1 == self.config.blocks:
                h = self.attention(h)
        h = self.grow(h)
        for block in self.up:
            h = block(torch.cat([h, skips.pop()], 1), told)
        h = self.leave(functional.silu(self.norm(h)))
        return functional.pixel_shuffle(h.to(x.dtype), self.config.patch)


_RATES = 16


def _norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(max(1, width // 16), width)


class _Block(nn.Module):
    """Two convolutions around what the embedding says, added to what came in (Ho et al. 2020, appendix B).

    The embedding scales and shifts after the second norm (Dhariwal and Nichol 2021, section 3.1).
    """

    def __init__(self, before: int, width: int, config: UNet) -> None:
        super().__init__()
        self.norm = _norm(before)
        self.enter = _convolution(before, width, config)
        self.told = nn.Linear(4 * config.width, 2 * width)
        self.middle = _norm(width)
        self.leave = nn.Conv2d(width, width, 3 if config.convolution == "dense" else 1, padding="same")
        self.skip = nn.Conv2d(before, width, 1) if before != width else nn.Identity()

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        h = self.enter(functional.silu(self.norm(x)))
        scale, shift = self.told(told)[:, :, None, None].chunk(2, 1)
        h = torch.addcmul(shift, self.middle(h), 1 + scale)
        return self.skip(x) + self.leave(functional.silu(h))


def _convolution(before: int, width: int, config: UNet) -> nn.Module:
    if config.convolution == "dense":
        return nn.Conv2d(before, width, 3, padding=1)
    return nn.Sequential(nn.Conv2d(before, before, 5, padding=2, groups=before), nn.Conv2d(before, width, 1))


class _Attention(nn.Module):
    """Every place looks at every other; heads of 32 channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = max(1, width // 32)
        self.norm = _norm(width)
        self.enter = nn.Conv2d(width, 3 * width, 1)
        self.leave = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, width, height, breadth = x.shape
        parts = self.enter(self.norm(x)).reshape(batch, 3, self.heads, width // self.heads, height * breadth)
        query, key, value = parts.transpose(-1, -2).unbind(1)  # (batch, heads, places, channels)
        mixed = functional.scaled_dot_product_attention(query, key, value).transpose(-1, -2)
        return x + self.leave(mixed.reshape(x.shape))
