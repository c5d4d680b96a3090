"""Fourier features of the state and of time, drawn from a seed."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor


def fourier_basis(
    dim: int, x_features: int, t_features: int, bandwidth: float, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Frequencies and phases so that sin([x, t] @ frequencies + phases) holds the features of x and of t.

    A point needs sharp functions of position, which a plain network learns slowly; random frequencies
    N(0, bandwidth²) give them from the start (Tancik et al. 2020, section 4). Time is a single axis, so it gets the
    regular frequencies k pi / 2, k = 1.. instead. Sines and cosines are one sine with two phases, hence one call.

    Returns (dim + 1, F) and (F,) with F = 2 x_features + 2 t_features; x is in data units and t in [0, 1].
    """
    directions = bandwidth * torch.randn(dim, x_features, generator=generator)  # (dim, x_features)
    rates = math.pi / 2 * torch.arange(1, t_features + 1)
    frequencies = torch.zeros(dim + 1, 2 * (x_features + t_features))
    frequencies[:dim, : 2 * x_features] = directions.repeat(1, 2)
    frequencies[dim, 2 * x_features :] = rates.repeat(2)
    quarter = math.pi / 2
    phases = torch.cat([torch.tensor([0.0, quarter]).repeat_interleave(n) for n in (x_features, t_features)])
    return frequencies, phases
