"""Between the probability flow and the reverse SDE, and beyond: one family of processes with the same marginals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import Range
from diffviz.samplers.base import LinearSampler, Move, Node


@dataclass(frozen=True)
class SDEFamily(LinearSampler):
    """dx = [f x - ½ (1 + tau²) g² score] dt + tau g dw, with the linear part and the noise solved exactly.

    tau = 0 is the probability flow (DDIM), tau = 1 the reverse SDE (DDPM with beta-tilde); every tau has the same
    marginals, if it starts from q_T.
    """

    title: ClassVar[str] = "SDE family (τ)"
    paper: ClassVar[str] = "Song et al. 2021, appendix D.1; Xue et al. 2023 (SA-Solver), equation 9 with one answer"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}e^{-\tau^2h}x_s+\alpha_t\big(1-e^{-(1+\tau^2)h}\big)\hat x_0"
        r"+\sigma_t\sqrt{1-e^{-2\tau^2h}}\,z"
    )

    tau: Annotated[float, Range(0.0, 2.0, step=0.05, label="τ", help="0: the flow, 1: the reverse SDE.")] = 0.5

    @property
    def stochastic(self) -> bool:
        """For tau above 0."""
        return self.tau > 0

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """The formula, step by step."""
        square = self.tau**2
        found = []
        for s, t in pairwise(nodes):
            h = t.lam - s.lam
            spread = t.sigma * math.sqrt(-math.expm1(-2 * square * h))
            kept, gain = t.sigma / s.sigma * math.exp(-square * h), -t.alpha * math.expm1(-(1 + square) * h)
            found.append(Move(kept, gain, spread))
        return found
