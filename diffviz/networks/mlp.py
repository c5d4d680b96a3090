"""A multilayer perceptron on Fourier features: the network of every two-dimensional experiment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffviz.config import Config, Range
from diffviz.networks.embeddings import fourier_basis
from diffviz.protocols import Coefficient


@dataclass(frozen=True)
class MLP(Config):
    """Size of a perceptron on points; `build` makes one."""

    width: Annotated[int, Range(4, 512, label="Width", help="Units of each hidden layer.")] = 64
    depth: Annotated[int, Range(1, 8, label="Depth", help="Number of hidden layers.")] = 3
    x_features: Annotated[
        int, Range(0, 256, label="Fourier features of x", help="Random frequencies, each with a sine and a cosine.")
    ] = 32
    t_features: Annotated[
        int, Range(1, 64, label="Fourier features of t", help="Regular frequencies, each with a sine and a cosine.")
    ] = 4
    bandwidth: Annotated[float, Range(0.05, 20.0, label="Bandwidth", log=True, help="Frequencies, per data unit.")] = (
        1.5
    )

    def build(self, shape: tuple[int, ...], seed: int) -> MLPNetwork:
        """A fresh network on points of `shape` (without the batch axis); the same seed gives the same weights."""
        return MLPNetwork(self, shape, seed)


class MLPNetwork(nn.Module):
    """x (B, *D), t float or (B,) -> (B, *D): sine features, `depth` SiLU layers, and a last layer starting at zero.

    A last layer of zeros makes the first output 0, the mean of a v or eps target, whatever the seed.
    """

    classes = 0

    def __init__(self, config: MLP, shape: tuple[int, ...], seed: int) -> None:
        super().__init__()
        self.config, self.shape, self.dim = config, shape, math.prod(shape)
        generator = torch.Generator().manual_seed(seed)
        basis = fourier_basis(self.dim, config.x_features, config.t_features, config.bandwidth, generator)
        self.frequencies: Tensor
        self.phases: Tensor
        self.register_buffer("frequencies", basis[0])
        self.register_buffer("phases", basis[1])
        sizes = [self.dim + len(basis[1]), *(config.width,) * config.depth]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for fan_in, fan_out in pairwise(sizes):
            bound = math.sqrt(3.0 / fan_in)
            weight = torch.rand(fan_out, fan_in, generator=generator) * (2 * bound) - bound
            self.weights.append(nn.Parameter(weight))
            self.biases.append(nn.Parameter(torch.zeros(fan_out)))
        self.weights.append(nn.Parameter(torch.zeros(self.dim, sizes[-1])))
        self.biases.append(nn.Parameter(torch.zeros(self.dim)))
        self._layers = tuple(zip(self.weights, self.biases, strict=True))

    def forward(self, x: Tensor, t: Coefficient) -> Tensor:
        """The raw output, to be read as the target it was trained on."""
        flat = x.reshape(-1, self.dim)
        time = t.reshape(-1, 1).expand(len(flat), 1) if isinstance(t, Tensor) else flat.new_full((len(flat), 1), t)
        features = torch.addmm(self.phases, torch.cat([flat, time], 1), self.frequencies).sin_()
        h = torch.cat([flat, features], 1)
        for weight, bias in self._layers[:-1]:
            h = functional.silu(torch.addmm(bias, h, weight.t()))
        weight, bias = self._layers[-1]
        return torch.addmm(bias, h, weight.t()).reshape(x.shape)
