"""A sample's error in two: what the model does wrong, and what the steps do."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from diffviz.metrics.base import Floor
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers import Sampler, prior, sample


class Split(NamedTuple):
    """Root mean squares over particles, each with its standard error.

    As vectors, total = model + discretisation, particle by particle. As sizes they do not add up.
    """

    total: Floor
    model: Floor
    discretisation: Floor


def split(sampler: Sampler, learned: ScoreModel, exact: ScoreModel, grid: Array, fine: Array, noise: Noise) -> Split:
    """Swap in the exact score on the same noise: total = (learned - exact) on `grid` + exact on `grid` less on `fine`.

    `fine` is a grid with steps to spare. Give a BrownianPath to a stochastic sampler, so that all runs follow it.
    """
    start = prior(learned.schedule, noise)
    here, there = (sample(sampler, model, start, grid, noise).final for model in (learned, exact))
    truth = sample(sampler, exact, start, fine, noise).final
    return Split(*(_size(v) for v in (here - truth, here - there, there - truth)))


def _size(difference: Tensor) -> Floor:
    """Root mean square length, and its standard error by the delta method."""
    squared = difference.flatten(1).double().square().sum(1)
    mean = math.sqrt(float(squared.mean()))
    spread = float(torch.std(squared)) / math.sqrt(len(squared))
    return Floor(mean, spread / (2 * mean) if mean else 0.0)
