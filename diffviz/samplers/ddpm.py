"""Ancestral sampling: each step draws from the posterior of the forward chain, with x_0 predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import Choice
from diffviz.samplers.base import LinearSampler, Move, Node


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

    variance: Annotated[
        str,
        Choice(
            {"small": "β̃ (posterior)", "large": "β (forward)"},
            label="variance",
            help="β̃ is right when the data are one point, β when they are standard normal.",
        ),
    ] = "small"

    @property
    def stochastic(self) -> bool:
        """Always."""
        return True

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """From the two Gaussians q(x_s | x_t) and q(x_t | x_0)."""
        found = []
        for s, t in pairwise(nodes):
            keep = s.alpha / t.alpha
            beta = s.sigma**2 * -math.expm1(-2 * (t.lam - s.lam))
            variance = beta if self.variance == "large" else beta * t.sigma**2 / s.sigma**2
            found.append(Move(keep * t.sigma**2 / s.sigma**2, t.alpha * beta / s.sigma**2, math.sqrt(variance)))
        return found
