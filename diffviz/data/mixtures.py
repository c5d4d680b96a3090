"""Gaussian mixtures as data sets: their scores are known in closed form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import ConfigError, Range
from diffviz.data.base import Dataset, check_count
from diffviz.data.mixture import GaussianMixture
from diffviz.noise import Stream, stream
from diffviz.properties import cached_property
from diffviz.protocols import Array

Spread = Annotated[float, Range(0.02, 1.0, step=0.01, label="spread", help="Standard deviation of a component.")]
Skew = Annotated[
    float, Range(0.0, 2.0, step=0.1, label="skew", help="How much each component outweighs the one before.")
]


@dataclass(frozen=True)
class MixtureDataset(Dataset, ABC):
    """A data set that is a Gaussian mixture."""

    latex: ClassVar[str] = r"q_0=\sum_k w_k\,\mathcal N(m_k,\Sigma_k)"

    @abstractmethod
    def components(self) -> GaussianMixture:
        """Weights, means and covariances, in raw units."""

    @cached_property
    def _mixture(self) -> GaussianMixture:
        return self.components()

    @property
    def mixture(self) -> GaussianMixture:
        """The distribution in closed form, in raw units."""
        return self._mixture

    def draw(self, count: int, seed: int) -> Array:
        """Fresh points (count, 2), the same for the same seed; `ConfigError` for a count below 1."""
        check_count(count)
        return self.mixture.draw(count, seed)


@dataclass(frozen=True)
class Ring(MixtureDataset):
    """Gaussians evenly on a circle; `stretch` lengthens them along it, `skew` makes weights grow as 1 + skew k."""

    title: ClassVar[str] = "Ring of Gaussians"
    paper: ClassVar[str] = "Metz et al. 2017, section 3.1"

    count: Annotated[int, Range(1, 24, label="count", help="Number of Gaussians.")] = 8
    radius: Annotated[float, Range(0.5, 5.0, step=0.1, label="radius", help="Of the circle that the means lie on.")] = (
        2.0
    )
    spread: Spread = 0.15
    stretch: Annotated[float, Range(0.2, 5.0, step=0.1, label="stretch", help="Tangential over radial deviation.")] = (
        1.0
    )
    skew: Skew = 0.0

    def components(self) -> GaussianMixture:
        """`count` Gaussians, component k at the angle 2 pi k / count."""
        k = np.arange(self.count, dtype=np.float64)
        angle = 2 * np.pi * k / self.count
        radial = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        tangent = np.stack([-radial[:, 1], radial[:, 0]], axis=-1)
        shape = np.einsum("ki,kj->kij", radial, radial)
        shape = shape + self.stretch**2 * np.einsum("ki,kj->kij", tangent, tangent)
        return GaussianMixture(1 + self.skew * k, self.radius * radial, self.spread**2 * shape)


@dataclass(frozen=True)
class Grid(MixtureDataset):
    """Gaussians at the points of a square grid, 1 apart."""

    title: ClassVar[str] = "Grid of Gaussians"
    paper: ClassVar[str] = "Dumoulin et al. 2017, the experiment on a mixture of 25 Gaussians"

    side: Annotated[int, Range(1, 7, label="side", help="Gaussians along a side.")] = 5
    spread: Spread = 0.05
    skew: Skew = 0.0

    def components(self) -> GaussianMixture:
        """side² Gaussians, row by row from the lower left."""
        rows, columns = np.indices((self.side, self.side), dtype=np.float64).reshape(2, -1)
        means = np.stack([columns, rows], axis=-1) - (self.side - 1) / 2
        covariances = np.tile(self.spread**2 * np.eye(2), (len(means), 1, 1))
        return GaussianMixture(1.0 + self.skew * np.arange(len(means), dtype=np.float64), means, covariances)


@dataclass(frozen=True)
class RandomMixture(MixtureDataset):
    """Gaussians of any place, shape and weight; `layout` is the seed that places them."""

    title: ClassVar[str] = "Random Gaussians"
    paper: ClassVar[str] = "Drawn for this lab"

    count: Annotated[int, Range(1, 24, label="count", help="Number of Gaussians.")] = 6
    spread: Spread = 0.25
    layout: Annotated[int, Range(0, 999, label="layout", help="Another number, another mixture.")] = 0

    def components(self) -> GaussianMixture:
        """Means uniform on [-2, 2]², axes of 0.5 to 1.5 times `spread` at any angle, weights from 1 to 3."""
        random = stream(self.layout, self.count, 0, Stream.MIXTURE_LAYOUT)
        means = 4 * random.random((self.count, 2)) - 2
        angle = np.pi * random.random(self.count)
        deviation = self.spread * (0.5 + random.random((self.count, 2)))
        axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # (2, 2, K)
        covariances = np.einsum("ijk,kj,ljk->kil", axes, deviation**2, axes)
        return GaussianMixture(1 + 2 * random.random(self.count), means, covariances)


@dataclass(frozen=True)
class HandPlaced(MixtureDataset):
    """Gaussians placed by hand: one (weight, mean x, mean y, variance x, variance y, covariance) a component."""

    title: ClassVar[str] = "Hand-placed Gaussians"
    paper: ClassVar[str] = "Drawn for this lab"

    placed: tuple[tuple[float, float, float, float, float, float], ...] = (
        (3.0, -1.2, 0.6, 0.30, 0.05, 0.10),
        (2.0, 1.0, 1.0, 0.04, 0.04, 0.0),
        (2.0, 0.9, -0.8, 0.12, 0.12, -0.09),
        (1.0, -0.8, -1.2, 0.02, 0.10, 0.0),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.placed) <= 100 or any(len(row) != 6 for row in self.placed):
            raise ConfigError("Place between 1 and 100 Gaussians, each by six numbers.")
        object.__setattr__(self, "placed", tuple(tuple(float(v) for v in row) for row in self.placed))
        self.components()

    def components(self) -> GaussianMixture:
        """As placed; a covariance that is not positive definite raises `ConfigError`."""
        w, x, y, xx, yy, xy = np.array(self.placed, dtype=float).T
        means = np.stack([x, y], axis=-1)
        return GaussianMixture(w, means, np.stack([xx, xy, xy, yy], axis=-1).reshape(-1, 2, 2))
