"""Points that a person brought, drawn with the mouse or uploaded, as a data set to draw fresh points from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import ConfigError, Range
from diffviz.data.base import Dataset, check_count, random
from diffviz.data.normalise import Normalisation
from diffviz.properties import cached_property
from diffviz.protocols import Array

FEWEST, MOST = 16, 20_000
Smoothing = Annotated[
    float,
    Range(
        0.0,
        0.2,
        step=0.01,
        label="smoothing",
        help="Standard deviation of the jitter, as a share of the points' own spread.",
    ),
]


@dataclass(frozen=True, eq=False, repr=False)
class PointSet(Dataset):
    """The given points, each equally likely, blurred by a Gaussian of `smoothing` times their root mean square.

    points: (n, 2), finite, 16 to 20,000 of them and not all the same, else `ConfigError`. Its `repr`, the identity
    in cache keys, holds the SHA-256 of the points.
    """

    points: Array = field(default_factory=lambda: np.empty((0, 2)))
    smoothing: Smoothing = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "points", _checked(self.points))
        self.normalisation  # noqa: B018 (refuses points without a spread here, not at the first draw)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sha256={self.digest!r}, smoothing={self.smoothing!r})"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the points, little-endian float64."""
        return hashlib.sha256(self.points.astype("<f8").tobytes()).hexdigest()

    @cached_property
    def normalisation(self) -> Normalisation:
        """The one that gives the points themselves mean 0 and root mean square 1."""
        return Normalisation.of(self.points)

    def draw(self, count: int, seed: int) -> Array:
        """Points (count, 2), picked with replacement and jittered."""
        check_count(count)
        which = (random(seed, 0).random(count) * len(self.points)).astype(int)
        jitter = self.smoothing * self.normalisation.scale
        return np.asarray(self.points[which] + jitter * random(seed, 1).standard_normal((count, 2)))


@dataclass(frozen=True, eq=False, repr=False)
class DrawnPoints(PointSet):
    """Points drawn with the mouse, blurred a little."""

    title: ClassVar[str] = "Drawn points"
    paper: ClassVar[str] = "Drawn by you"

    smoothing: Smoothing = 0.03


@dataclass(frozen=True, eq=False, repr=False)
class UploadedPoints(PointSet):
    """Points from a file, as they are by default."""

    title: ClassVar[str] = "Uploaded points"
    paper: ClassVar[str] = "Uploaded by you"


def _checked(points: Array | Sequence[Sequence[float]]) -> Array:
    try:
        array = np.array(points, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError("Every point must be a pair of numbers.") from None
    if array.ndim != 2 or array.shape[1] != 2:
        if array.size:
            raise ConfigError("Every point must be a pair of numbers.")
        array = array.reshape(0, 2)
    if not FEWEST <= len(array) <= MOST:
        raise ConfigError(f"Between {FEWEST} and {MOST:,} points are needed, got {len(array):,}.")
    bad = np.flatnonzero(~np.isfinite(array).all(1))
    if len(bad):
        raise ConfigError(f"Point {bad[0] + 1} is not finite.")
    array.setflags(write=False)
    return array
