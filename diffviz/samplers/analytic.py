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
from diffviz.samplers.base import LinearSampler, Move, Node, Sampler, grid_nodes
from diffviz.samplers.ddim import DDIM
from diffviz.samplers.moments import Moments, Residuals
from diffviz.trajectory import Step

_ETA = Range(0.0, 1.0, step=0.05, label="η", help="The mean is DDIM's at this η: 1 is DDPM's form, 0 is DDIM's.")


def ddim_moves_in_x0(eta: float, nodes: Sequence[Node]) -> list[Move]:
    """DDIM's moves in x and x_0: `prediction` is A, the weight of x_0, and `noise` is lambda, of the papers."""
    return [move.in_view("x0", node) for move, node in zip(DDIM(eta).moves(nodes), nodes, strict=False)]


@dataclass(frozen=True)
class AnalyticDPM(LinearSampler):
    """Each step's variance is lambda² + A² C: the posterior's own, and what is not known of x_0, carried by its weight.

    lambda² = eta² beta-tilde and A, the weight of x_0 in the step's mean, are DDIM's; C = E tr Cov[x_0 | x_s] / d comes
    from `moments`, measured on data (`fitted`). Before that, data of unit variance are assumed. Among isotropic
    variances it minimises the KL divergence of every step, on any subsequence.
    """

    title: ClassVar[str] = "Analytic-DPM"
    paper: ClassVar[str] = "Bao et al. 2022a (Analytic-DPM), theorem 1; its section on subsequences"
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
        """True: even DDIM's form, eta = 0, has a best variance above 0."""
        return True

    def fitted(self, model: ScoreModel, points: Tensor, seed: int) -> Self:
        """With sigma² Gamma measured over data points (n, *D)."""
        return replace(self, moments=Moments.measure(model, points, seed))

    def x0_variance(self, node: Node) -> float:
        """C = E tr Cov[x_0 | x_t] / d = (sigma / alpha)² (1 - sigma² Gamma) at a node, clipped where so chosen."""
        assumed = node.sigma**2 / (node.alpha**2 + node.sigma**2)  # sigma² Gamma of data of unit variance
        sigma2_gamma = assumed if self.moments is None else self.moments(node.lam)
        variance = math.exp(-2 * node.lam) * max(0.0, 1 - sigma2_gamma)
        return min(variance, self.bound) if self.clip else variance

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """DDIM's moves with the variance lambda² + A² C."""
        moves = []
        for s, ddim in zip(nodes, ddim_moves_in_x0(self.eta, nodes), strict=False):
            variance = ddim.noise**2 + ddim.prediction**2 * self.x0_variance(s)
            moves.append(ddim._replace(noise=math.sqrt(variance)))
        return moves


@dataclass(frozen=True)
class ExtendedAnalyticDPM(Sampler):
    """The best diagonal variance for the mean that a model really gives, faults included.

    lambda² + (A sigma_s / alpha_s)² E (eps - eps_theta)², coordinate by coordinate; the residual is measured on data
    (`fitted`) and averaged over x. Before that, data of unit variance are assumed.
    """

    title: ClassVar[str] = "Extended Analytic-DPM"
    paper: ClassVar[str] = "Bao et al. 2022b (imperfect mean), its theorem on diagonal variances, averaged over x"
    latex: ClassVar[str] = (
        r"\sigma^{*2}_i=\lambda^2+\tfrac{A^2\sigma_s^2}{\alpha_s^2}\,\mathbb E\big(\epsilon_i-\hat\epsilon_i\big)^2"
    )

    measures: ClassVar[bool] = True

    eta: Annotated[float, _ETA] = 1.0
    residuals: Residuals | None = None

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def fitted(self, model: ScoreModel, points: Tensor, seed: int) -> Self:
        """With the residual measured over data points (n, *D)."""
        return replace(self, residuals=Residuals.measure(model, points, seed))

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """DDIM's mean, and noise of a size of its own for each coordinate."""
        nodes = grid_nodes(model.schedule, grid)
        deviations = [torch.as_tensor(d, dtype=x.dtype, device=x.device) for d in self.standard_deviations(nodes)]
        moves = ddim_moves_in_x0(self.eta, nodes)
        for (s, t), move, deviation in zip(pairwise(nodes), moves, deviations, strict=True):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            mean = (move.state * x).add_(prediction.x0, alpha=move.prediction)
            x = mean.add_(noise.between(s.lam, t.lam) * deviation)
        yield Step(nodes[-1].t, x, None)

    def standard_deviations(self, nodes: Sequence[Node]) -> list[Array]:
        """Of every step, (*D), or one number for all coordinates before it is fitted."""
        deviations = []
        for s, move in zip(nodes, ddim_moves_in_x0(self.eta, nodes), strict=False):
            assumed = np.array(s.alpha**2 / (s.alpha**2 + s.sigma**2))  # for data of unit variance
            residual = assumed if self.residuals is None else self.residuals(s.lam)
            deviations.append(np.sqrt(move.noise**2 + move.prediction**2 * math.exp(-2 * s.lam) * residual))
        return deviations
