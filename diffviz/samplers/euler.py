"""The plain discretisations: Euler-Maruyama and reverse diffusion on the reverse SDE, Euler on the probability flow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from diffviz.prediction import View
from diffviz.samplers.base import LinearSampler, Move, Node, posterior_spread


@dataclass(frozen=True)
class EulerMaruyama(LinearSampler):
    """dx = (f x - g² score) dt + g dw, backwards in steps of t."""

    title: ClassVar[str] = "Euler–Maruyama"
    paper: ClassVar[str] = "Song et al. 2021, equation 6"
    latex: ClassVar[str] = r"x_t=x_s-(f x_s-g^2 s_\theta)\,\Delta+g\sqrt{\Delta}\,z,\quad\Delta=s-t"
    view: ClassVar[View] = "eps"

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """x_t = (1 - f Delta) x_s - (g² Delta / sigma) eps + sqrt(g² Delta) z, by score = -eps / sigma."""
        moves = []
        for s, t in pairwise(nodes):
            delta = s.t - t.t
            moves.append(Move(1 - s.f * delta, -s.g2 * delta / s.sigma, math.sqrt(s.g2 * delta)))
        return moves


@dataclass(frozen=True)
class ReverseDiffusion(LinearSampler):
    """The reverse SDE in the very steps of the forward chain x_s = a x_t + sqrt(b) z, with its rates read off them."""

    title: ClassVar[str] = "Reverse diffusion"
    paper: ClassVar[str] = "Song et al. 2021, equation 46"
    latex: ClassVar[str] = (
        r"x_t=(2-a)x_s+b\,s_\theta+\sqrt b\,z,\quad a=\tfrac{\alpha_s}{\alpha_t},\ b=\sigma_s^2-a^2\sigma_t^2"
    )
    view: ClassVar[View] = "eps"

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """x_t = (2 - a) x_s - (b / sigma) eps + sqrt(b) z, by score = -eps / sigma."""
        moves = []
        for s, t in pairwise(nodes):
            root_b = s.sigma * posterior_spread(s, t)
            moves.append(Move(2 - s.alpha / t.alpha, -(root_b**2) / s.sigma, root_b))
        return moves


@dataclass(frozen=True)
class ProbabilityFlowEuler(LinearSampler):
    """Euler's method in t on the probability-flow ODE."""

    title: ClassVar[str] = "Probability-flow Euler"
    paper: ClassVar[str] = "Song et al. 2021, equation 13"
    latex: ClassVar[str] = r"x_t=x_s-(f x_s-\tfrac12 g^2 s_\theta)\,\Delta,\quad\Delta=s-t"
    view: ClassVar[View] = "eps"

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """x_t = (1 - f Delta) x_s - (g² Delta / 2 sigma) eps, by score = -eps / sigma."""
        moves = []
        for s, t in pairwise(nodes):
            delta = s.t - t.t
            moves.append(Move(1 - s.f * delta, -s.g2 / 2 * delta / s.sigma))
        return moves
