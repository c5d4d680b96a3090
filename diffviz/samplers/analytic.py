"""Analytic-DPM: ancestral sampling with the reverse variance that is best for what the model leaves open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Flag, Range
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import LinearSampler, Move, Node, Sampler, nodes
from diffviz.samplers.ddim import DDIM
from diffviz.samplers.moments import Moments, Residuals
from diffviz.trajectory import Step

_ETA = Range(0.0, 1.0, step=0.05, label="η", help="The mean is DDIM's at this η: 1 is DDPM's form, 0 is DDIM's.")


def open_variance(node: Node, left: float) -> float:
    """E tr Cov[x_0 | x_t] / d = (sigma / alpha)² (1 - sigma² Gamma), with left = 1 - sigma² Gamma."""
    return math.exp(-2 * node.lam) * max(0.0, left)


def means(eta: float, nodes: Sequence[Node]) -> list[Move]:
    """DDIM's moves, told in x_0."""
    return [move.told("x0", node) for move, node in zip(DDIM(eta).moves(nodes), nodes, strict=False)]


@dataclass(frozen=True)
class AnalyticDPM(LinearSampler):
    """Each step's variance is lambda² + A² C: the posterior's own, and what is not known of x_0, carried by its weight.

    lambda² = eta² beta-tilde and A, the weight of x_0 in the step's mean, are DDIM's; C = E tr Cov[x_0 | x_s] / d comes
    from `moments`, measured on data (`fitted`). Before that, data of unit variance are assumed. Among isotropic
    variances it minimises the KL divergence of every step, on any subsequence.
    """

    title: ClassVar[str] = "Analytic-DPM"
    paper: ClassVar[str] = "Bao et al. 2022a (Analytic-DPM), theorem 1 and equations 9 and 13"
    latex: ClassVar[str] = (
        r"\sigma^{*2}=\lambda^2+A^2\,\tfrac{\sigma_s^2}{\alpha_s^2}\big(1-\sigma_s^2\Gamma_s\big),"
        r"\quad\Gamma_s=\tfrac1d\,\mathbb E\|\nabla\log q_s\|^2"
    )

    measures: ClassVar[bool] = True

    eta: Annotated[float, _ETA] = 1.0
    clip: Annotated[
        bool, Flag(label="clip C", help="C at most the bound: right only where data cannot vary more than that.")
    ] = False
    bound: Annotated[float, Range(0.01, 10.0, label="bound of C", help="1 is right for data in [−1, 1].")] = 1.0
    moments: Moments | None = None

    @property
    def stochastic(self) -> bool:
        """Always: even DDIM's form has a best variance above 0."""
        return True

    def fitted(self, model: ScoreModel, points: Tensor, seed: int) -> Self:
        """With sigma² Gamma measured over data points (n, *D)."""
        return replace(self, moments=Moments.measure(model, points, seed))

    def unknown(self, node: Node) -> float:
        """C at a node."""
        unit = node.sigma**2 / (node.alpha**2 + node.sigma**2)
        found = open_variance(node, 1 - (unit if self.moments is None else self.moments(node.lam)))
        return min(found, self.bound) if self.clip else found

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """DDIM's moves with the best variance."""
        found = []
        for s, plain in zip(nodes, means(self.eta, nodes), strict=False):
            variance = plain.noise**2 + plain.answer**2 * self.unknown(s)
            found.append(plain._replace(noise=math.sqrt(variance)))
        return found


@dataclass(frozen=True)
class ExtendedAnalyticDPM(Sampler):
    """The best diagonal variance for the mean that a model really gives, faults included.

    lambda² + (A sigma_s / alpha_s)² E (eps - eps_theta)², coordinate by coordinate; the residual is measured on data
    (`fitted`) and averaged over x. Before that, data of unit variance are assumed.
    """

    title: ClassVar[str] = "Extended Analytic-DPM"
    paper: ClassVar[str] = "Bao et al. 2022b (imperfect mean), theorem 3, averaged over x"
    latex: ClassVar[str] = (
        r"\sigma^{*2}_i=\lambda^2+\tfrac{A^2\sigma_s^2}{\alpha_s^2}\,\mathbb E\big(\epsilon_i-\hat\epsilon_i\big)^2"
    )

    measures: ClassVar[bool] = True

    eta: Annotated[float, _ETA] = 1.0
    residuals: Residuals | None = None

    @property
    def stochastic(self) -> bool:
        """Always."""
        return True

    def fitted(self, model: ScoreModel, points: Tensor, seed: int) -> Self:
        """With the residual measured over data points (n, *D)."""
        return replace(self, residuals=Residuals.measure(model, points, seed))

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Ask, yield, move; the noise has a size for each coordinate."""
        stops = nodes(model.schedule, grid)
        spreads = [torch.as_tensor(spread, dtype=x.dtype, device=x.device) for spread in self.spreads(stops)]
        for (s, t), move, spread in zip(pairwise(stops), means(self.eta, stops), spreads, strict=True):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            x = (move.state * x).add_(prediction.x0, alpha=move.answer).add_(noise.between(s.lam, t.lam) * spread)
        yield Step(stops[-1].t, x, None)

    def spreads(self, stops: Sequence[Node]) -> list[Array]:
        """The standard deviation of every step, (*D), or one number for all coordinates before it is fitted."""
        found = []
        for s, move in zip(stops, means(self.eta, stops), strict=False):
            unit = np.array(s.alpha**2 / (s.alpha**2 + s.sigma**2))
            left = unit if self.residuals is None else self.residuals(s.lam)
            found.append(np.sqrt(move.noise**2 + move.answer**2 * math.exp(-2 * s.lam) * left))
        return found
