"""Ancestral sampling: each step draws from the posterior of the forward chain, with x_0 predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import Choice
from diffviz.samplers.base import LinearSampler, Move, Node

VARIANCE = Choice(
    {"small": "β̃ (posterior)", "large": "β (forward)"},
    label="variance",
    help="β̃ is right when the data are one point, β when they are standard normal.",
)


@dataclass(frozen=True)
class DDPM(LinearSampler):
    """The posterior mean of q(x_t | x_s, x_0) at the predicted x_0, plus noise of variance beta or beta-tilde.

    On a subsequence, beta is that of the whole step, sigma_s² - (alpha_s / alpha_t)² sigma_t².
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
