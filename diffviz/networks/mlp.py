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

    def layout(self, shape: tuple[int, ...]) -> MLPNetwork:
        """The network on points of `shape` on the meta device: its tensors have shapes, but no values."""
        with torch.device("meta"):
            return self._network(shape)

    def build(self, shape: tuple[int, ...], seed: int) -> MLPNetwork:
        """A fresh network on points of `shape` (without the batch axis); the same seed gives the same weights."""
        network = self._network(shape)
        network.draw(seed)
        return network

    def _network(self, shape: tuple[int, ...]) -> MLPNetwork:
        return MLPNetwork(self, shape)


@dataclass(frozen=True)
class VarianceMLP(MLP):
    """A perceptron that answers the variance of a reverse step too."""

    def _network(self, shape: tuple[int, ...]) -> MLPNetwork:
        return VarianceMLPNetwork(self, shape)


class MLPNetwork(nn.Module):
    """x (B, *D), t float or (B,) -> (B, *D): sine features, `depth` SiLU layers, and a last layer starting at zero.

    A last layer of zeros makes the first output 0, the mean of a v or eps target, whatever the seed.
    """

    classes = 0
    outputs = 1  # numbers for each of a point

    def __init__(self, config: MLP, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.config, self.shape, self.dim = config, shape, math.prod(shape)
        features = 2 * (config.x_features + config.t_features)
        self.frequencies: Tensor
        self.phases: Tensor
        self.register_buffer("frequencies", torch.empty(self.dim + 1, features))
        self.register_buffer("phases", torch.empty(features))
        sizes = [self.dim + features, *(config.width,) * config.depth, self.outputs * self.dim]
        self.weights = nn.ParameterList(torch.empty(fan_out, fan_in) for fan_in, fan_out in pairwise(sizes))
        self.biases = nn.ParameterList(torch.empty(fan_out) for fan_out in sizes[1:])
        self._layers = tuple(zip(self.weights, self.biases, strict=True))

    def draw(self, seed: int) -> None:
        """Fill in frequencies and weights: uniform with variance 1 / inputs, but zeros in biases and the last layer."""
        config, generator = self.config, torch.Generator().manual_seed(seed)
        basis = fourier_basis(self.dim, config.x_features, config.t_features, config.bandwidth, generator)
        self.frequencies.copy_(basis[0])
        self.phases.copy_(basis[1])
        with torch.no_grad():
            for weight, bias in self._layers[:-1]:
                bound = math.sqrt(3.0 / weight.shape[1])
                weight.copy_(torch.rand(weight.shape, generator=generator) * (2 * bound) - bound)
                bias.zero_()
            for last in self._layers[-1]:
                last.zero_()

    def forward(self, x: Tensor, t: Coefficient) -> Tensor:
        """The raw output, to be read as the target it was trained on."""
        return self._outputs(x, t).reshape(x.shape)

    def _outputs(self, x: Tensor, t: Coefficient) -> Tensor:
        """All that the last layer puts out, (B, outputs D)."""
        flat = x.reshape(-1, self.dim)
        time = t.reshape(-1, 1).expand(len(flat), 1) if isinstance(t, Tensor) else flat.new_full((len(flat), 1), t)
        features = torch.addmm(self.phases, torch.cat([flat, time], 1), self.frequencies).sin_()
        h = torch.cat([flat, features], 1)
        for weight, bias in self._layers[:-1]:
            h = functional.silu(torch.addmm(bias, h, weight.t()))
        weight, bias = self._layers[-1]
        return torch.addmm(bias, h, weight.t())


class VarianceMLPNetwork(MLPNetwork):
    """A perceptron with twice the outputs: the prediction, and as much for the variance of a reverse step."""

    outputs = 2

    def forward(self, x: Tensor, t: Coefficient) -> Tensor:
        """The prediction alone."""
        return self.answers(x, t)[0]

    def answers(self, x: Tensor, t: Coefficient) -> tuple[Tensor, Tensor]:
        """The raw prediction (B, *D), and v (B, *D), ½ at first: log beta's share in the variance's logarithm.

        v is the raw output moved from [-1, 1] to [0, 1], not held within (Nichol and Dhariwal 2021, section 3.1).
        """
        prediction, variance = self._outputs(x, t).chunk(2, 1)
        return prediction.reshape(x.shape), (variance.reshape(x.shape) + 1) / 2
