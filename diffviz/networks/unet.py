"""A small U-Net for images: the network of the digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffviz.config import Choice, Config, ConfigError, Range
from diffviz.networks.blocks import (
    Attention,
    Block,
    norm,
    seeded_network,
    time_embedding,
    time_features,
    zero_initialised,
)
from diffviz.protocols import Coefficient

CONVOLUTIONS = {"dense": "Dense 3×3", "depthwise": "Depthwise 5×5, then 1×1"}


@dataclass(frozen=True)
class UNet(Config):
    """Size of a U-Net on images; `build` makes one. classes: 0 for a network without labels."""

    width: Annotated[int, Range(8, 256, step=8, label="Width", help="Channels at the upper level; twice below.")] = 48
    blocks: Annotated[int, Range(1, 4, label="Blocks", help="Residual blocks a level, down and up alike.")] = 2
    patch: Annotated[int, Range(1, 2, label="Patch", help="Side of the pixel squares that become channels.")] = 2
    convolution: Annotated[str, Choice(CONVOLUTIONS, label="Convolution", help="Of each residual block.")] = "dense"
    classes: Annotated[int, Range(0, 1000, label="Classes", help="0 for none.")] = 0
    deeper: Annotated[int, Range(0, 8, label="Deeper", help="Further residual blocks at the lower level.")] = 0

    def layout(self, shape: tuple[int, ...]) -> UNetNetwork:
        """The network on images of `shape` (C, H, W) on the meta device: its tensors have shapes, but no values."""
        side = 2 * self.patch
        if len(shape) != 3 or shape[1] % side or shape[2] % side:
            raise ConfigError(f"A U-Net of patch {self.patch} needs (C, H, W) with sides of {side}, got {shape}.")
        with torch.device("meta"):
            return UNetNetwork(self, shape)

    def build(self, shape: tuple[int, ...], seed: int) -> UNetNetwork:
        """A fresh network on images of `shape` (C, H, W); the same seed gives the same weights."""
        return seeded_network(self.layout(shape), seed)


class UNetNetwork(nn.Module):
    """x (B, C, H, W), t float or (B,), label (B,) or None -> (B, C, H, W).

    Two levels, attention at the lower (Ho et al. 2020, appendix B, made small): pixels of a patch become channels, so
    that 28×28 is worked on at 14×14 and 7×7. The label `classes` stands for none. The last layer starts at zero, so
    that the first output is 0 whatever the seed; so does each branch, and a deeper network with the weights of another
    begins with the output of that one (Chen et al. 2016, Net2Net).
    """

    def __init__(self, config: UNet, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.config, self.shape, self.classes = config, shape, config.classes
        width, pixels, embedded = config.width, shape[0] * config.patch**2, 4 * config.width
        dense = config.convolution == "dense"
        self.time_embedding = time_embedding(embedded)
        labels = config.classes + 1
        # The weights are given as an embedding else draws them, for which the meta device loads all of a compiler.
        empty = torch.empty(labels, embedded)
        self.label_embedding = nn.Embedding(labels, embedded, _weight=empty) if config.classes else None
        self.in_conv = nn.Conv2d(pixels, width, 3, padding=1)
        self.down_blocks = nn.ModuleList(Block(width, width, embedded, dense) for _ in range(config.blocks))
        self.downsample = nn.Conv2d(width, 2 * width, 2, stride=2)
        self.mid_blocks = nn.ModuleList(Block(2 * width, 2 * width, embedded, dense) for _ in range(2 * config.blocks))
        self.mid_attention = Attention(2 * width)
        self.extra_mid_blocks = nn.ModuleList(
            Block(2 * width, 2 * width, embedded, dense) for _ in range(config.deeper)
        )
        self.extra_attention = Attention(2 * width) if config.deeper else nn.Identity()
        self.upsample = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.up_blocks = nn.ModuleList(Block(2 * width, width, embedded, dense) for _ in range(config.blocks))
        self.out_norm = norm(width)
        self.out_layer = zero_initialised(nn.Conv2d(width, pixels, 3, padding=1))

    def forward(self, x: Tensor, t: Coefficient, label: Tensor | None = None) -> Tensor:
        """The raw output, to be read as the target it was trained on."""
        embedding = self.time_embedding(time_features(t, x))
        if self.label_embedding is not None:
            if label is None:
                label = torch.full((1,), self.classes, dtype=torch.long, device=x.device)
            embedding = embedding + self.label_embedding(label)
        embedding = functional.silu(embedding)
        h = functional.pixel_unshuffle(x, self.config.patch).contiguous(memory_format=torch.channels_last)
        h = self.in_conv(h)
        skips = []
        for block in self.down_blocks:
            h = block(h, embedding)
            skips.append(h)
        h = self.downsample(h)
        for i, block in enumerate(self.mid_blocks):
            h = block(h, embedding)
            if i + 1 == self.config.blocks:
                h = self.mid_attention(h)
        for block in self.extra_mid_blocks:
            h = block(h, embedding)
        h = self.upsample(self.extra_attention(h))
        for block in self.up_blocks:
            h = block(torch.cat([h, skips.pop()], 1), embedding)
        h = self.out_layer(functional.silu(self.out_norm(h)))
        return functional.pixel_shuffle(h.to(x.dtype), self.config.patch)
