"""UniPC: a multistep predictor whose every new prediction also corrects the state it was made at."""

from __future__ import annotations

import math
from abc import ABC
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from torch import Tensor

from diffviz.config import Choice, Flag
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import Node, Sampler, Stage, grid_nodes, scalar_tensors
from diffviz.trajectory import Step


@dataclass(frozen=True)
class UniPC(Sampler, ABC):
    """Step with p predictions, call there, correct with that prediction too, and do not call again: one call a step.

    The correction lifts the order from p to p + 1. It works on the denoised point, in differences of predictions
    weighted by B(h). The paper's eʰ − 1 is for steps in eps; in x_0 public code has it at -h, here with the sign that
    makes B positive.
    """

    memoryless: ClassVar[bool] = False
    terms: ClassVar[int]  # p

    weighting: Annotated[
        str,
        Choice({"bh2": "B(h) = 1 − e⁻ʰ", "bh1": "B(h) = h"}, label="B", help="Scales the differences of predictions."),
    ] = "bh2"
    lower_order_final: Annotated[
        bool, Flag(label="lower order at the end", help="The last p steps use p, p − 1, … 1 predictions.")
    ] = False

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Call at the predicted state, correct it, yield, predict the next."""
        nodes = grid_nodes(model.schedule, grid)
        steps = len(nodes) - 1
        predictors = [self._stage(nodes, k, with_end=False) for k in range(steps)]
        correctors = [self._stage(nodes, k, with_end=True) for k in range(steps)]
        states = scalar_tensors([stage.state for stage in predictors], x)  # a corrector's is the same
        predictions: deque[Tensor] = deque(maxlen=self.terms + 1)  # newest first
        start = x
        for k, node in enumerate(nodes[:-1]):
            prediction = model.predict(x, node.t)
            predictions.appendleft(prediction.x0)
            if k:
                x = correctors[k - 1].reach(start, predictions, states[k - 1])
            yield Step(node.t, x, prediction)
            start, x = x, predictors[k].reach(x, predictions, states[k])
        yield Step(nodes[-1].t, x, None)

    def _stage(self, nodes: Sequence[Node], k: int, with_end: bool) -> Stage:
        """The weights of the predictions at the end t of step k, newest first; `with_end` counts the one at t too."""
        terms = min(k + 1, self.terms)
        if self.lower_order_final:
            terms = min(terms, len(nodes) - 1 - k)
        s, t, past = nodes[k], nodes[k + 1], nodes[k - terms + 1 : k][::-1]
        h = t.lam - s.lam
        gain, scale = -t.alpha * math.expm1(-h), t.alpha * self._scale(h)
        ratios = [(node.lam - s.lam) / h for node in past]  # r_k of the paper
        if with_end:
            ratios = [1.0, *ratios]
        differences = [scale * rho / r for rho, r in zip(self._rhos(h, ratios), ratios, strict=True)]
        at_start = gain - sum(differences)
        if with_end:
            at_end, *of_past = differences
            weights = (at_end, at_start, *of_past)
        else:
            weights = (at_start, *differences)
        return Stage(t.sigma / s.sigma, weights)

    def _scale(self, h: float) -> float:
        """B(h)."""
        return -math.expm1(-h) if self.weighting == "bh2" else h

    def _rhos(self, h: float, ratios: Sequence[float]) -> list[float]:
        """rho with sum_k rho_k r_k^{j-1} = j! phi_{j+1}(-h) h / B(h), j = 1, 2, …; one half where there is one only."""
        if len(ratios) <= 1:
            return [0.5] * len(ratios)
        phi, sides = math.expm1(-h), []  # phi is (-h) phi_{j+1}(-h)
        for j in range(1, len(ratios) + 1):
            phi = phi / -h - 1 / math.factorial(j)
            sides.append(-math.factorial(j) * phi / self._scale(h))
        powers = np.vander(ratios, increasing=True).T
        rhos: list[float] = np.linalg.solve(powers, sides).tolist()
        return rhos


@dataclass(frozen=True)
class UniPC2(UniPC):
    """Two predictions give the next state, three correct it: order 3."""

    title: ClassVar[str] = "UniPC-2"
    paper: ClassVar[str] = "Zhao et al. 2023 (UniPC), its appendix on data prediction, p = 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s+\alpha_t(1-e^{-h})\hat x_0+\alpha_tB(h)\sum_{k}\tfrac{\rho_k}{r_k}"
        r"\big(\hat x_0^{(k)}-\hat x_0\big)"
    )
    order: ClassVar[int] = 3
    terms: ClassVar[int] = 2


@dataclass(frozen=True)
class UniPC3(UniPC):
    """Three predictions give the next state, four correct it: order 4."""

    title: ClassVar[str] = "UniPC-3"
    paper: ClassVar[str] = "Zhao et al. 2023 (UniPC), its appendix on data prediction, p = 3"
    latex: ClassVar[str] = UniPC2.latex
    order: ClassVar[int] = 4
    terms: ClassVar[int] = 3
