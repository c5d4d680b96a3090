"""The plain discretisations: Euler-Maruyama on the reverse SDE, Euler and Heun on the probability flow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import Tensor

from diffviz.noise import Noise
from diffviz.prediction import Array, ScoreModel
from diffviz.samplers.base import LinearSampler, Move, Node, Sampler, nodes
from diffviz.trajectory import Step


@dataclass(frozen=True)
class EulerMaruyama(LinearSampler):
    """dx = (f x - g² score) dt + g dw, backwards in steps of t."""

    title: ClassVar[str] = "Euler–Maruyama"
    paper: ClassVar[str] = "Song et al. 2021, equation 6"
    latex: ClassVar[str] = r"x_t=x_s-(f x_s-g^2 s_\theta)\,\Delta+g\sqrt{\Delta}\,z,\quad\Delta=s-t"
    view: ClassVar[str] = "eps"

    @property
    def stochastic(self) -> bool:
        """Always."""
        return True

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """With score = -eps / sigma."""
        return [
            Move(1 - s.f * (s.t - t.t), -s.g2 * (s.t - t.t) / s.sigma, math.sqrt(s.g2 * (s.t - t.t)))
            for s, t in pairwise(nodes)
        ]


@dataclass(frozen=True)
class FlowEuler(LinearSampler):
    """Euler's method in t on the probability-flow ODE."""

    title: ClassVar[str] = "Probability-flow Euler"
    paper: ClassVar[str] = "Song et al. 2021, equation 13"
    latex: ClassVar[str] = r"x_t=x_s-(f x_s-\tfrac12 g^2 s_\theta)\,\Delta,\quad\Delta=s-t"
    view: ClassVar[str] = "eps"

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """With score = -eps / sigma."""
        return [Move(1 - s.f * (s.t - t.t), -s.g2 / 2 * (s.t - t.t) / s.sigma) for s, t in pairwise(nodes)]


@dataclass(frozen=True)
class FlowHeun(Sampler):
    """Heun's method in t on the probability-flow ODE: the mean of the slopes at both ends."""

    title: ClassVar[str] = "Probability-flow Heun"
    paper: ClassVar[str] = "Song et al. 2021, equation 13; Karras et al. 2022, algorithm 1 without churn"
    latex: ClassVar[str] = (
        r"x_t=x_s-\tfrac{\Delta}{2}\big(d(x_s,s)+d(\tilde x_t,t)\big),\quad\tilde x_t=x_s-\Delta\,d(x_s,s)"
    )
    order: ClassVar[int] = 2
    cost: ClassVar[int] = 2

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Predict with Euler, correct with the trapezium."""
        stops = nodes(model.schedule, grid)
        for s, t in pairwise(stops):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            step = t.t - s.t
            slope = (s.f * x).add_(prediction.eps, alpha=s.g2 / (2 * s.sigma))
            guess = x.add(slope, alpha=step)
            end = (t.f * guess).add_(model.predict(guess, t.t).eps, alpha=t.g2 / (2 * t.sigma))
            x = x.add(slope.add_(end), alpha=step / 2)
        yield Step(stops[-1].t, x, None)
