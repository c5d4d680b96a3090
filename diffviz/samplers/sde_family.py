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
    paper: ClassVar[str] = "Song et al. 2021, appendix D.1; Xue et al. 2023 (SA-Solver), its step with one prediction"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}e^{-\tau^2h}x_s+\alpha_t\big(1-e^{-(1+\tau^2)h}\big)\hat x_0"
        r"+\sigma_t\sqrt{1-e^{-2\tau^2h}}\,z"
    )

    tau: Annotated[float, Range(0.0, 2.0, step=0.05, label="τ", help="0: the flow, 1: the reverse SDE.")] = 0.5

    @property
    def stochastic(self) -> bool:
        """Whether noise is drawn on the way: for tau above 0."""
        return self.tau > 0

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """The weights of x_s, x_0 and z in the formula above, for every step."""
        tau2 = self.tau**2
        moves = []
        for s, t in pairwise(nodes):
            h = t.lam - s.lam
            of_x = t.sigma / s.sigma * math.exp(-tau2 * h)
            of_x0 = -t.alpha * math.expm1(-(1 + tau2) * h)
            of_z = t.sigma * math.sqrt(-math.expm1(-2 * tau2 * h))
            moves.append(Move(of_x, of_x0, of_z))
        return moves
