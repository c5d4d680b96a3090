"""DDIM: non-Markovian posteriors with the same marginals, from deterministic to DDPM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import Range
from diffviz.prediction import View
from diffviz.samplers.base import LinearSampler, Move, Node, posterior_spread


@dataclass(frozen=True)
class DDIM(LinearSampler):
    """Move to the predicted x_0 and put the predicted noise back, a share eta of it fresh.

    eta = 0 is the probability flow (equal to DPM-Solver-1), eta = 1 is DDPM with beta-tilde. The noise has standard
    deviation eta sigma_t sqrt(1 - e^{-2h}), which holds for every schedule, where the paper's form is VP only.
    """

    title: ClassVar[str] = "DDIM"
    paper: ClassVar[str] = "Song et al. 2021 (DDIM), equation 12"
    latex: ClassVar[str] = (
        r"x_t=\alpha_t\hat x_0+\sqrt{\sigma_t^2-\varsigma^2}\,\hat\epsilon+\varsigma z,"
        r"\quad\varsigma=\eta\,\sigma_t\sqrt{1-e^{-2h}}"
    )

    view: ClassVar[View] = "eps"
    noise_parameters: ClassVar[tuple[str, ...]] = ("eta",)

    eta: Annotated[float, Range(0.0, 1.0, step=0.05, label="η", help="0: deterministic, 1: DDPM.")] = 0.0

    @property
    def stochastic(self) -> bool:
        """Whether noise is drawn on the way: for eta above 0."""
        return self.eta > 0

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """x_t = alpha_t x_0 + direction eps + varsigma z, with x_0 = (x_s - sigma_s eps) / alpha_s put in."""
        moves = []
        for s, t in pairwise(nodes):
            # Without noise the grid may rise too, where the posterior has no spread.
            varsigma = self.eta * t.sigma * posterior_spread(s, t) if self.eta else 0.0
            direction = math.sqrt(t.sigma**2 - varsigma**2)
            alpha_ratio = t.alpha / s.alpha
            moves.append(Move(alpha_ratio, direction - alpha_ratio * s.sigma, varsigma))
        return moves
