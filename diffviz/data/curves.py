"""Curves with Gaussian noise around them: their density is an integral along the curve, taken here by quadrature."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.data.normalise import Normalisation
from diffviz.data.softmax import softmax_mean, squared_distances
from diffviz.protocols import Array, Coefficient

_SAMPLES = 4_001  # points at which a curve's length and bend are measured
_PANEL = 8.0  # widths of the noise; longer pieces of a curve are cut into panels of no more
_RAW = Normalisation((0.0, 0.0), 1.0)
_WIDEST = 16.0  # units of the data: beyond, wider noise asks for no fewer nodes


class Nodes(NamedTuple):
    """Points (K, 2) with positive weights (K,)."""

    points: Array
    weights: Array


class Curve(ABC):
    """Where the points would lie without noise."""

    @abstractmethod
    def nodes(self, width: float) -> Nodes:
        """Nodes of a quadrature that Gaussians of standard deviation `width` around the curve are averaged by."""


@dataclass(frozen=True)
class Arc(Curve):
    """A smooth curve: place maps parameters (n,) in [start, end] to points (n, 2), density (n,) how likely each is.

    density need not be scaled: all curves of a shape weigh the same.
    """

    place: Callable[[Array], Array]
    start: float = 0.0
    end: float = 1.0
    density: Callable[[Array], Array] = np.ones_like

    def nodes(self, width: float) -> Nodes:
        """Gauss-Legendre panels of equal length in widths; where the curve bends, seen from outside it is longer."""
        u = np.linspace(self.start, self.end, _SAMPLES)
        slope = np.gradient(self.place(u), u, axis=0)
        speed = np.hypot(*slope.T)
        turned = np.unwrap(np.arctan2(slope[:, 1], slope[:, 0]))
        bend = np.abs(np.gradient(turned, u)) / speed  # curvature, 1 / length
        # At five widths outside, a Gaussian covers less of a bent curve by this root.
        widths = speed / width * np.sqrt(1 + 5 * width * bend)
        length = np.concatenate([[0.0], np.cumsum((widths[1:] + widths[:-1]) / 2 * np.diff(u))])
        panels = math.ceil(length[-1] / _PANEL)
        edges = np.interp(np.linspace(0, length[-1], panels + 1), length, u)
        x, w = _gauss_legendre(_enough(length[-1] / panels))
        half = np.diff(edges)[:, None] / 2
        at = ((edges[:-1] + edges[1:])[:, None] / 2 + half * x).ravel()
        weights = (half * w).ravel() * self.density(at)
        return Nodes(self.place(at), weights / weights.sum())


@dataclass(frozen=True, eq=False)
class Segments(Curve):
    """Straight lines, evenly covered: starts and steps (S, 2)."""

    starts: Array
    steps: Array

    def nodes(self, width: float) -> Nodes:
        """Gauss-Legendre panels on each line, its weight its length."""
        lengths = np.hypot(*self.steps.T)
        parts = []
        for start, step, length in zip(self.starts, self.steps, lengths / lengths.sum(), strict=True):
            widths = float(np.hypot(*step)) / width
            panels = math.ceil(widths / _PANEL)
            x, w = _gauss_legendre(_enough(widths / panels))
            at = ((np.arange(panels)[:, None] + (1 + x) / 2) / panels).ravel()
            parts.append((start + at[:, None] * step, np.tile(length * w / (2 * panels), panels)))
        return Nodes(*map(np.concatenate, zip(*parts, strict=True)))


def _enough(widths: float) -> int:
    """Nodes of a Gauss-Legendre rule over so many widths of a Gaussian that miss less than 1e-6 of it."""
    return math.ceil(2.3 + 1.33 * widths)


@lru_cache(maxsize=64)
def _gauss_legendre(count: int) -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(count)
    return x, w


@dataclass(frozen=True, eq=False)
class NoisyCurves:
    """q_0 = the mean over curves of N(c, noise² I), in float64; c is uniform by the curves' own densities.

    noise: positive, in the units of x_0. Noise of the process only smooths further, so that large noise levels take
    few nodes: each octave of the width has two quadratures, made when first asked for. The midpoint rule would not do:
    it converges fast on closed curves alone, and most of these have ends.
    """

    curves: tuple[Curve, ...]
    noise: float
    normalisation: Normalisation = _RAW
    _nodes: dict[tuple[int, torch.dtype, torch.device | None], tuple[Tensor, Tensor]] = field(
        default_factory=dict, init=False, repr=False
    )

    def affine(self, normalisation: Normalisation) -> NoisyCurves:
        """The law of the points that `normalisation` maps this one's to."""
        shift, scale = np.array(self.normalisation.shift), self.normalisation.scale
        joined = Normalisation(
            tuple((shift + scale * np.array(normalisation.shift)).tolist()), scale * normalisation.scale
        )
        return NoisyCurves(self.curves, self.noise / normalisation.scale, joined)

    def nodes(self, width: float) -> Nodes:
        """A quadrature that resolves Gaussians of this width, in the units of x_0; its weights sum to 1."""
        points, weights = map(
            np.concatenate, zip(*(c.nodes(width * self.normalisation.scale) for c in self.curves), strict=True)
        )
        return Nodes(self.normalisation.apply(points), weights / weights.sum())

    def at(
        self,
        alpha: Coefficient = 1.0,
        sigma: Coefficient = 0.0,
        dtype: torch.dtype = torch.float64,
        device: torch.device | None = None,
    ) -> NoisedCurves:
        """Its noised law at one noise level (floats), or at one noise level a sample (tensors (B,))."""
        width = (self.noise**2 + (sigma / alpha) ** 2) ** 0.5
        narrowest = float(width.min()) if isinstance(width, Tensor) else width
        points, log_weights = self._resolved(math.floor(2 * math.log2(min(narrowest, _WIDEST))), dtype, device)
        return NoisedCurves(points, log_weights, self.noise, alpha, sigma)

    def _resolved(self, level: int, dtype: torch.dtype, device: torch.device | None) -> tuple[Tensor, Tensor]:
        """Points and log weights for widths from 2^(level / 2) on."""
        key = level, dtype, device
        if key not in self._nodes:
            nodes = self.nodes(2 ** (level / 2))
            points, log_weights = nodes.points, np.log(nodes.weights)
            self._nodes[key] = (
                torch.as_tensor(points, dtype=dtype, device=device),
                torch.as_tensor(log_weights, dtype=dtype, device=device),
            )
        return self._nodes[key]


class NoisedCurves:
    """Closed forms of x_t = alpha x_0 + sigma eps for equal round Gaussians on nodes (K, 2), at points x (B, 2)."""

    def __init__(
        self, points: Tensor, log_weights: Tensor, noise: float, alpha: Coefficient, sigma: Coefficient
    ) -> None:
        self._points, self._log_weights = points, log_weights
        self._alpha, self._column = alpha, _column(alpha)
        self._variance = alpha**2 * noise**2 + sigma**2  # of x_t given its node
        self._gain = _column(alpha * noise**2 / self._variance)
        self._precision = _column(1 / self._variance)
        self._sharpness = alpha**2 / (2 * self._variance)

    def log_density(self, x: Tensor) -> Tensor:
        """log q_t(x), (B,), per unit of volume."""
        squared = squared_distances(x / self._column, self._points)
        scale = 2 * math.pi * torch.as_tensor(self._variance, dtype=x.dtype, device=x.device)
        return torch.logsumexp(self._log_weights - _column(self._sharpness) * squared, 1) - scale.log()

    def density(self, x: Tensor) -> Tensor:
        """q_t(x), (B,), per unit of volume."""
        return self.log_density(x).exp()

    def score(self, x: Tensor) -> Tensor:
        """grad log q_t(x), (B, 2), per unit of x."""
        return (self._column * self._node(x) - x) * self._precision

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[x_0 | x_t = x], the denoised point, (B, 2)."""
        node = self._node(x)
        return node + self._gain * (x - self._column * node)

    def _node(self, x: Tensor) -> Tensor:
        """The mean of the node that x may have come from, (B, 2)."""
        return softmax_mean(x / self._column, self._points, self._sharpness, self._log_weights)


def _column(value: Coefficient) -> Coefficient:
    return value.unsqueeze(-1) if isinstance(value, Tensor) else value
