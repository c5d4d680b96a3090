"""What every data set gives: fresh points for a seed, its normalisation and, where one exists, its closed form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated

from numpy.random import Generator

from diffviz.config import ConfigError, Entry, Range, quoted
from diffviz.data.curves import Curve, NoisyCurves
from diffviz.data.density import Density
from diffviz.data.mixture import GaussianMixture
from diffviz.data.normalise import Normalisation
from diffviz.noise import Stream, stream
from diffviz.properties import cached_property
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
        """The same distribution as a mixture of a few Gaussians, in raw units, or None."""
        return None

    @property
    def density(self) -> Density | None:
        """The same distribution's density and score at every noise level, in raw units, or None if it has none here."""
        return self.mixture

    @cached_property
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


class NoisyCurve(Shape, ABC):
    """Points on curves, with round Gaussian noise around them.

    No data class itself: each shape has its `noise` in the place among its fields that its name in caches has it in.
    """

    noise: float

    @property
    @abstractmethod
    def curves(self) -> tuple[Curve, ...]:
        """Where the points would lie without noise, each curve as likely as it says; in raw units."""

    @property
    def deviation(self) -> float:
        """The noise's standard deviation, in raw units."""
        return self.noise

    @property
    def density(self) -> NoisyCurves | None:
        """By quadrature along the curves; without noise the points lie on a line and have none."""
        return NoisyCurves(self.curves, self.deviation) if self.noise else None


def check_count(count: int) -> None:
    """Raise `ConfigError` unless `count` is a positive whole number."""
    if not isinstance(count, int) or count < 1:
        raise ConfigError(f"The number of points must be a whole number of at least 1, got {quoted(count)}.")
