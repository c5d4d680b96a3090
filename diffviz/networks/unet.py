"""A small U-Net for images: the network of the digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffviz.config import Choice, Config, ConfigError, Range
from diffviz.networks.blocks import Attention, Block, angles, clock, drawn, norm
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
    deeper: Annotated[int, Range(0, 8, label="Deeper", help="Further residual blocks at the lower level.")] = 0

    def build(self, shape: tuple[int, ...], seed: int) -> UNetNetwork:
        """A fresh network on images of `shape` (C, H, W); the same seed gives the same weights."""
        side = 2 * self.patch
        if len(shape) != 3 or shape[1] % side or shape[2] % side:
            raise ConfigError(f"A U-Net of patch {self.patch} needs (C, H, W) with sides of {side}, got {shape}.")
        return drawn(lambda: UNetNetwork(self, shape), seed)


class UNetNetwork(nn.Module):
    """x (B, C, H, W), t float or (B,), label (B,) or None -> (B, C, H, W).

    Two levels, attention at the lower (Ho et al. 2020, appendix B, made small): pixels of a patch become channels, so
    that 28×28 is worked on at 14×14 and 7×7. The label `classes` stands for none. The last layer starts at zero, so
    that the first answer is 0 whatever the seed; so does each branch, and a deeper network with the weights of another
    begins by answering as that one (Chen et al. 2016, Net2Net).
    """

    def __init__(self, config: UNet, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.config, self.shape, self.classes = config, shape, config.classes
        width, pixels, embedded = config.width, shape[0] * config.patch**2, 4 * config.width
        dense = config.convolution == "dense"
        self.clock = clock(embedded)
        self.label = nn.Embedding(config.classes + 1, embedded) if config.classes else None
        self.enter = nn.Conv2d(pixels, width, 3, padding=1)
        self.down = nn.ModuleList(Block(width, width, embedded, dense) for _ in range(config.blocks))
        self.shrink = nn.Conv2d(width, 2 * width, 2, stride=2)
        self.low = nn.ModuleList(Block(2 * width, 2 * width, embedded, dense) for _ in range(2 * config.blocks))
        self.attention = Attention(2 * width)
        self.deep = nn.ModuleList(Block(2 * width, 2 * width, embedded, dense) for _ in range(config.deeper))
        self.again = Attention(2 * width) if config.deeper else nn.Identity()
        self.grow = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.up = nn.ModuleList(Block(2 * width, width, embedded, dense) for _ in range(config.blocks))
        self.norm = norm(width)
        self.leave = nn.Conv2d(width, pixels, 3, padding=1)

    def forward(self, x: Tensor, t: Coefficient, label: Tensor | None = None) -> Tensor:
        """The raw output, to be read as the target it was trained on."""
        told = self.clock(angles(t, x))
        if self.label is not None:
            told = told + self.label(
                label if label is not None else told.new_full((1,), self.classes, dtype=torch.long)
            )
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
        for block in self.deep:
            h = block(h, told)
        h = self.grow(self.again(h))
        for block in self.up:
            h = block(torch.cat([h, skips.pop()], 1), told)
        h = self.leave(functional.silu(self.norm(h)))
        return functional.pixel_shuffle(h.to(x.dtype), self.config.patch)
