"""Checkpoints of version 0.1 named the layers of image networks otherwise: from those names to these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

# Old names of a network's own parts, and of the parts of its residual and attention blocks.
_NETWORK = {
    "clock": "time_embedding",
    "label": "label_embedding",
    "enter": "in_conv",
    "down": "down_blocks",
    "shrink": "downsample",
    "low": "mid_blocks",
    "attention": "mid_attention",
    "deep": "extra_mid_blocks",
    "again": "extra_attention",
    "grow": "upsample",
    "up": "up_blocks",
    "upper": "upper_block",
    "lower": "lower_block",
    "norm": "out_norm",
    "leave": "out_layer",
}
_BLOCK = {
    "norm": "in_norm",
    "enter": "in_conv",
    "told": "embedding_projection",
    "middle": "out_norm",
    "leave": "out_conv",
}


def current_names(tensors: Mapping[str, T]) -> dict[str, T]:
    """The same tensors, or what is said of them, under this version's names, of which those that they have stay."""
    if not any(name.startswith("clock.") for name in tensors):
        return dict(tensors)
    return {_renamed(name): tensor for name, tensor in tensors.items()}


def _renamed(name: str) -> str:
    first, *rest = name.split(".")
    return ".".join([_NETWORK.get(first, first), *(_BLOCK.get(part, part) for part in rest)])
