"""What every data set gives: fresh points for a seed, its normalisation and, where one exists, its closed form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated

from numpy.random import Generator

from diffviz.config import ConfigError, Entry, Range, quoted
from diffviz.data.mixture import GaussianMixture
from diffviz.data.normalise import Normalisation
from diffviz.noise import Stream, stream
from diffviz.protocols import Array

Noise = Annotated[
    float, Range(0.0, 1.0, step=0.01, label="noise", help="Standard deviation of the noise around the shape.")
]


def random(seed: int, purpose: int) -> Generator:
    """The stream of one purpose of one draw; the last word keeps data apart from the samplers' noise."""
    return stream(seed, purpose, 0, Stream.DATA)


@dataclass(frozen=True)
class Dataset(Entry, ABC):
    """A distribution of points in the plane, in its own raw units."""

    @abstractmethod
    def draw(self, count: int, seed: int) -> Array:
        """Fresh points (count, 2), the same for the same seed; the first points do not depend on `count`."""

    @property
    def mixture(self) -> GaussianMixture | None:
        """The same distribution in closed form, in raw units, or None."""
        return None

    @property
    def normalisation(self) -> Normalisation:
        """The one map between raw units and the units that models see; it depends on the parameters alone."""
        mixture = self.mixture
        return mixture.normalisation if mixture else Normalisation.of(self.draw(20_000, seed=0))


@dataclass(frozen=True)
class Shape(Dataset, ABC):
    """A shape whose every point is made from two uniform and two normal numbers of its own."""

    @abstractmethod
    def place(self, u: Array, z: Array) -> Array:
        """The points (n, 2) that uniforms u (n, 2) in [0, 1) and standard normals z (n, 2) stand for."""

    def draw(self, count: int, seed: int) -> Array:
        """Fresh points (count, 2), the same for the same seed; `ConfigError` for a count below 1."""
        check_count(count)
        return self.place(random(seed, 0).random((count, 2)), random(seed, 1).standard_normal((count, 2)))


def check_count(count: int) -> None:
    """Raise `ConfigError` unless `count` is a positive whole number."""
    if not isinstance(count, int) or count < 1:
        raise ConfigError(f"The number of points must be a whole number of at least 1, got {quoted(count)}.")
