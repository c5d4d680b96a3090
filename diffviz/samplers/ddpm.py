"""Ancestral sampling: each step draws from the posterior of the forward chain, with x_0 predicted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from torch import Tensor

from diffviz.config import Choice
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import LinearSampler, Move, Node, grid_nodes
from diffviz.trajectory import Step

VARIANCE = Choice(
    {"small": "β̃ (posterior)", "large": "β (forward)", "learned": "learned"},
    label="variance",
    help="β̃ is right when the data are one point, β when they are standard normal; learned is the network's own, if "
    "it answers one, else β̃.",
)


@dataclass(frozen=True)
class DDPM(LinearSampler):
    """The posterior mean of q(x_t | x_s, x_0) at the predicted x_0, plus noise of variance beta or beta-tilde.

    On a subsequence, beta is that of the whole step, sigma_s² - (alpha_s / alpha_t)² sigma_t². A model that answers a
    variance can have its own, beta^v beta-tilde^(1 - v) (Nichol and Dhariwal 2021, equation 15).
    """

    title: ClassVar[str] = "DDPM"
    paper: ClassVar[str] = "Ho et al. 2020, equations 7 and 11, algorithm 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\alpha_{s|t}\sigma_t^2}{\sigma_s^2}x_s+\tfrac{\alpha_t\beta_{s|t}}{\sigma_s^2}\hat x_0+\sigma z,"
        r"\quad\sigma^2\in\{\beta_{s|t},\tilde\beta_{s|t}\}"
    )

    variance: Annotated[str, VARIANCE] = "small"

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Call the model at every node but the last; with a learned variance each coordinate has noise of its own."""
        if self.variance != "learned":
            yield from super().visit(model, x, grid, noise)
            return
        nodes = grid_nodes(model.schedule, grid)
        for (s, t), move in zip(pairwise(nodes), self.moves(nodes), strict=True):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            spread = noise.between(s.lam, t.lam) * move.noise
            if prediction.variance is not None:  # (beta / beta-tilde)^(v / 2) = (sigma_s / sigma_t)^v
                spread = spread * (prediction.variance * math.log(s.sigma / t.sigma)).exp()
            x = (move.state * x).add_(prediction.x0, alpha=move.prediction).add_(spread)
        yield Step(nodes[-1].t, x, None)

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """The posterior mean's coefficients of x_s and x_0, and the chosen variance (equations 6 and 7)."""
        moves = []
        for s, t in pairwise(nodes):
            alpha_st = s.alpha / t.alpha  # of q(x_s | x_t) = N(alpha_st x_t, beta I)
            beta = s.sigma**2 * -math.expm1(-2 * (t.lam - s.lam))  # sigma_s² - alpha_st² sigma_t², without cancellation
            beta_tilde = beta * t.sigma**2 / s.sigma**2
            mean_of_x = alpha_st * t.sigma**2 / s.sigma**2
            mean_of_x0 = t.alpha * beta / s.sigma**2
            variance = beta if self.variance == "large" else beta_tilde
            moves.append(Move(mean_of_x, mean_of_x0, math.sqrt(variance)))
        return moves
