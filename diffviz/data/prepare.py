"""From a data set to what a model trains on."""

from __future__ import annotations

from dataclasses import dataclass

from diffviz.data.base import Dataset
from diffviz.data.density import Density
from diffviz.data.mixture import GaussianMixture
from diffviz.data.normalise import Normalisation
from diffviz.protocols import Array


@dataclass(frozen=True, eq=False)
class PreparedData:
    """Normalised points, the way back to raw units, and the closed form where there is one.

    points: (count, 2) float64, mean about 0 and root mean square about 1 per coordinate. mixture: the closed form in
    the same normalised units. density: any law whose density is known, the mixture if there is one. id: tells one
    prepared set from every other, for cache keys and checkpoints.
    """

    points: Array
    normalisation: Normalisation
    mixture: GaussianMixture | None
    density: Density | None
    id: str


def prepare(dataset: Dataset, count: int, seed: int) -> PreparedData:
    """Draw `count` points for `seed` and normalise them by the data set's declared normalisation."""
    normalisation, mixture = dataset.normalisation, dataset.mixture
    mixture = mixture.affine(normalisation) if mixture else None
    density = None if mixture else dataset.density
    return PreparedData(
        points=normalisation.apply(dataset.draw(count, seed)),
        normalisation=normalisation,
        mixture=mixture,
        density=density.affine(normalisation) if density else mixture,
        id=f"{dataset!r} count={count} seed={seed}",
    )
