"""Classifier guidance of the ancestral sampler, by shifting the mean of every step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from diffviz.protocols import Array, Noise
from diffviz.samplers.base import nodes
from diffviz.samplers.ddpm import DDPM
from diffviz.scores.guided import ClassifierGuided
from diffviz.trajectory import Step


def guided_ddpm(
    model: ClassifierGuided, x: Tensor, grid: Array, noise: Noise, variance: str = "small"
) -> Iterator[Step]:
    """x_t ~ N(mu + scale Sigma grad log p(y | x_s), Sigma) at every step (Dhariwal and Nichol 2021, algorithm 1).

    mu and Sigma are those of `DDPM` with the same variance, and the gradient is taken at x_s, as the algorithm prints
    it. Their algorithm 2, on eps, is what any sampler does with the model itself. Yields like `Sampler.visit`.
    """
    stops = nodes(model.schedule, grid)
    for (s, t), move in zip(pairwise(stops), DDPM(variance).moves(stops), strict=True):
        prediction = model.model.predict(x, s.t)
        yield Step(s.t, x, prediction)
        shift = model.scale * move.noise**2
        mean = move.state * x + move.answer * prediction.x0
        if shift:
            mean = mean + shift * model.gradient(x, s.t)
        x = mean + move.noise * noise.between(s.lam, t.lam)
    yield Step(stops[-1].t, x, None)
