"""The Fréchet distance between two sets of features, as if both were normal; and how many of the real are reached."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.metrics.base import Points, flat
from diffviz.networks import ClassifierNetwork
from diffviz.noise import Stream, stream
from diffviz.protocols import Array

BATCH = 500
CONFIDENT = 0.9  # the probability of its likeliest label from which on the classifier is confident
NEIGHBOURS = 3  # Kynkäänniemi et al. 2019, section 3.1


class ClassifierOutput(NamedTuple):
    """What a classifier says of images: features (n, F), the likeliest label (n,) and its probability (n,)."""

    features: Array
    label: Array
    confidence: Array

    @property
    def confident(self) -> NDArray[np.bool_]:
        """Of which images the likeliest label has a probability above CONFIDENT, (n,)."""
        return self.confidence > CONFIDENT

    @property
    def confident_share(self) -> float:
        """The share of those images, in [0, 1]."""
        return float(self.confident.mean())

    def accuracy(self, labels: Tensor) -> float:
        """The share of images whose likeliest label is their own, labels (n,), in [0, 1]."""
        return float((self.label == labels.numpy()).mean())


def classify_images(network: ClassifierNetwork, images: Tensor) -> ClassifierOutput:
    """Features and labels of images (n, C, H, W) by a classifier of clean ones; pixels are clamped to [-1, 1]."""
    images = images.nan_to_num(0.0).clamp(-1, 1)
    with torch.no_grad():
        features = torch.cat([network.features(part) for part in torch.split(images, BATCH)])
        confidence, label = network.out_layer(features).softmax(1).max(1)
    return ClassifierOutput(features.double().numpy(), label.numpy().astype(float), confidence.double().numpy())


def frechet(x: Points, y: Points) -> float:
    """|m_x - m_y|² + tr(C_x + C_y - 2 (C_x^½ C_y C_x^½)^½) of features (n, F) and (m, F) (Heusel et al. 2017).

    It is biased upwards by about tr(C) / n, so only values at equal n compare. Raises `ConfigError` for fewer than two
    of either.
    """
    a, b = _pair(x, y)
    return _between(_normal(a), _normal(b))


def _pair(x: Points, y: Points) -> tuple[Tensor, Tensor]:
    a, b = (torch.from_numpy(v) for v in flat(x, y))
    if min(len(a), len(b)) < 2:
        raise ConfigError("A Fréchet distance needs at least two of each.")
    return a, b


def _normal(a: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance; in torch, whose linear algebra keeps to the threads it is given."""
    return a.mean(0), torch.cov(a.T).reshape(a.shape[1], -1)


def _between(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> float:
    """The Fréchet distance of two normals, each given by mean (F,) and covariance (F, F)."""
    (mean_x, cov_x), (mean_y, cov_y) = one, other
    values, axes = torch.linalg.eigh(cov_x)
    root = (axes * values.clamp(min=0).sqrt()) @ axes.T
    cross = torch.linalg.eigvalsh(root @ cov_y @ root).clamp(min=0).sqrt().sum()
    return float((mean_x - mean_y).square().sum() + cov_x.trace() + cov_y.trace() - 2 * cross)


class Interval(NamedTuple):
    """A measured value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def frechet_interval(x: Points, y: Points, resamples: int = 200, seed: int = 0) -> Interval:
    """The Fréchet distance of samples x (n, F) from fixed data y, with the 95 % interval of resampling x.

    The bootstrap's own values are all biased upwards, as each holds fewer distinct samples; so only their spread is
    used: value ± 1.96 standard deviations.
    """
    a, b = _pair(x, y)
    real = _normal(b)
    value, resampled = _between(_normal(a), real), []
    for k in range(resamples):
        drawn = torch.from_numpy(stream(seed, k, 0, Stream.BOOTSTRAP).integers(len(a), size=len(a)))
        resampled.append(_between(_normal(a[drawn]), real))
    half = 1.96 * float(np.std(resampled, ddof=1))
    return Interval(value, max(0.0, value - half), value + half)


def recall(samples: Points, real: Points) -> float:
    """The share of real features (m, F) that lie within reach of the samples (n, F).

    In reach of a sample is what is nearer to it than its third neighbour among the samples (Kynkäänniemi et al. 2019,
    equation 2). Swap the two for the precision.
    """
    a, b = (torch.from_numpy(v) for v in flat(samples, real))
    radii = torch.cdist(a, a).kthvalue(NEIGHBOURS + 1, 1).values  # the nearest is the sample itself
    return float((torch.cdist(b, a) <= radii).any(1).double().mean())
