"""Classifier guidance of the ancestral sampler, by shifting the mean of every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from torch import Tensor

from diffviz.config import Range
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import Sampler, grid_nodes
from diffviz.samplers.ddpm import DDPM, VARIANCE
from diffviz.scores.guided import Gradient
from diffviz.trajectory import Step


@dataclass(frozen=True, eq=False)
class ClassifierGuidedDDPM(Sampler):
    """x_t ~ N(mu + scale Sigma grad log p(y | x_s), Sigma): `DDPM` with every mean shifted towards the label.

    mu and Sigma are those of `DDPM` with the same variance, of the plain model that `visit` is given; the gradient is
    taken at x_s, as the algorithm prints it. Algorithm 2 of the paper, on eps, is what any sampler does with
    `scores.guided.ClassifierGuided`. gradient: grad_x log p(y | x_t), which carries the label.
    """

    title: ClassVar[str] = "Classifier-guided DDPM"
    paper: ClassVar[str] = "Dhariwal and Nichol 2021, algorithm 1"
    latex: ClassVar[str] = r"x_t\sim\mathcal N\big(\mu+\gamma\,\Sigma\,\nabla_{x_s}\log p(y\mid x_s),\ \Sigma\big)"

    gradient: Gradient
    scale: Annotated[
        float, Range(0.0, 100.0, label="scale", help="γ: how strongly the classifier pulls; 0 is plain DDPM.")
    ] = 1.0
    variance: Annotated[str, VARIANCE] = "small"

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """DDPM's steps on the plain `model`, each with one gradient where scale and variance are above 0."""
        nodes = grid_nodes(model.schedule, grid)
        for (s, t), move in zip(pairwise(nodes), DDPM(self.variance).moves(nodes), strict=True):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            mean = move.state * x + move.prediction * prediction.x0
            shift = self.scale * move.noise**2
            if shift:
                mean = mean + shift * self.gradient(x, s.t)
            x = mean + move.noise * noise.between(s.lam, t.lam)
        yield Step(nodes[-1].t, x, None)
