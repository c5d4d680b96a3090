"""A small classifier of images, clean or noised: its features measure samples, its gradient guides them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffviz.config import Config, ConfigError, Range
from diffviz.networks.blocks import Block, norm, seeded_network, time_embedding, time_features, zero_initialised
from diffviz.protocols import Coefficient


@dataclass(frozen=True)
class Classifier(Config):
    """Size of a classifier of images; `build` makes one."""

    width: Annotated[int, Range(8, 256, step=8, label="Width", help="Channels at the upper level; twice below.")] = 32
    features: Annotated[int, Range(8, 1024, label="Features", help="Numbers before the last layer.")] = 64
    classes: Annotated[int, Range(2, 1000, label="Classes", help="How many labels it tells apart.")] = 10

    def layout(self, shape: tuple[int, ...]) -> ClassifierNetwork:
        """The network on images of `shape` (C, H, W) on the meta device: its tensors have shapes, but no values."""
        if len(shape) != 3 or shape[1] % 4 or shape[2] % 4:
            raise ConfigError(f"A classifier needs (C, H, W) with sides of 4, got {shape}.")
        with torch.device("meta"):
            return ClassifierNetwork(self, shape)

    def build(self, shape: tuple[int, ...], seed: int) -> ClassifierNetwork:
        """A fresh network on images of `shape` (C, H, W); the same seed gives the same weights."""
        return seeded_network(self.layout(shape), seed)


class ClassifierNetwork(nn.Module):
    """x (B, C, H, W) at unit scale, t float or (B,) -> logits (B, classes); t = 0 for clean images.

    The lower half of the score network: residual blocks at half and at quarter size, given the time, then all
    places together, and one hidden layer of features.
    """

    def __init__(self, config: Classifier, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.config, self.shape = config, shape
        width, embedded = config.width, 4 * config.width
        self.time_embedding = time_embedding(embedded)
        self.in_conv = nn.Conv2d(shape[0], width, 4, stride=2, padding=1)
        self.upper_block = Block(width, width, embedded)
        self.downsample = nn.Conv2d(width, 2 * width, 2, stride=2)
        self.lower_block = Block(2 * width, 2 * width, embedded)
        self.out_norm = norm(2 * width)
        self.hidden = nn.Linear(2 * width * (shape[1] // 4) * (shape[2] // 4), config.features)
        self.out_layer = zero_initialised(nn.Linear(config.features, config.classes))

    def features(self, x: Tensor, t: Coefficient = 0.0) -> Tensor:
        """The numbers before the last layer, (B, features)."""
        embedding = functional.silu(self.time_embedding(time_features(t, x)))
        h = self.downsample(self.upper_block(self.in_conv(x), embedding))
        h = functional.silu(self.out_norm(self.lower_block(h, embedding)))
        return functional.silu(self.hidden(h.flatten(1)))

    def forward(self, x: Tensor, t: Coefficient = 0.0) -> Tensor:
        """The logits of all classes, (B, classes), of images (B, C, H, W) at unit scale."""
        return self.out_layer(self.features(x, t))
