"""What the measurements of digits share: real features, and samples drawn in batches until there are enough."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch
from torch import Tensor

from diffviz.data import MNIST
from diffviz.metrics import ClassifierOutput, Interval, classify_images, frechet, frechet_interval
from diffviz.noise import Stream, WhiteNoise, stream
from diffviz.pretrained.digits import classifier
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import Sampler, prior, sample

BATCH, SEED = 256, 0


@cache
def features(part: str) -> Array:
    """Features of all real digits of a part, in an order drawn once."""
    real = classify_images(classifier(), MNIST().load(part).points).features
    return real[stream(SEED, 1, 0, Stream.SHUFFLE).permutation(len(real))]


def batches(count: int) -> Iterator[tuple[int, int]]:
    """Seed and size of each batch."""
    for k in range(-(-count // BATCH)):
        yield 1_000 * SEED + k, min(BATCH, count - k * BATCH)


def drawn(sampler: Sampler, model: ScoreModel, grid: Array, count: int) -> Tensor:
    """`count` digits, from the same starting noise for every sampler."""
    parts = []
    for seed, size in batches(count):
        noise = WhiteNoise(seed, (size, 1, 28, 28))
        parts.append(sample(sampler, model, prior(model.schedule, noise), grid, noise).final)
    return torch.cat(parts)


def distance(output: ClassifierOutput, count: int | None = None) -> Interval:
    """MNIST-Fréchet to the 10,000 test digits; with `count`, the mean over the disjoint groups of that size.

    The interval is 95 %: of resampling, narrowed by the number of groups.
    """
    real = features("test")
    samples = output.features
    if count is None or count >= len(samples):
        return frechet_interval(samples, real)
    groups = [samples[k : k + count] for k in range(0, len(samples) - count + 1, count)]
    values = [frechet(group, real) for group in groups]
    one = frechet_interval(groups[0], real)
    mean, half = float(np.mean(values)), (one.high - one.value) / len(groups) ** 0.5
    return Interval(mean, mean - half, mean + half)


def floor(count: int, groups: int = 40) -> Interval:
    """The same of `count` real training digits: the mean over groups, and the 95 % interval of that mean."""
    real, rest = features("test"), features("train")
    values = [frechet(rest[k : k + count], real) for k in range(0, min(groups * count, len(rest) - count + 1), count)]
    mean, half = float(np.mean(values)), 1.96 * float(np.std(values, ddof=1)) / len(values) ** 0.5
    return Interval(mean, mean - half, mean + half)


def as_list(interval: Interval) -> list[float]:
    """Rounded, for JSON."""
    return [round(v, 2) for v in interval]
