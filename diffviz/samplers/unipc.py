"""UniPC: a multistep predictor whose every new answer also corrects the state it was asked at."""

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
from diffviz.samplers.base import Node, Sampler, Stage, nodes, scales
from diffviz.trajectory import Step


@dataclass(frozen=True)
class UniPC(Sampler, ABC):
    """Predict with p answers, ask there, correct with that answer too, and do not ask again: one call a step.

    The correction lifts the order from p to p + 1. It works on the denoised point, in differences of answers weighted
    by B(h).
    """

    memoryless: ClassVar[bool] = False
    terms: ClassVar[int]  # p

    weighting: Annotated[
        str,
        Choice({"bh2": "B(h) = eʰ − 1", "bh1": "B(h) = h"}, label="B", help="Scales the differences of answers."),
    ] = "bh2"
    lower_order_final: Annotated[
        bool, Flag(label="lower order at the end", help="The last p steps use p, p − 1, … 1 answers.")
    ] = False

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Ask, correct, yield, predict."""
        stops = nodes(model.schedule, grid)
        predictors, correctors = zip(*(self._plan(stops, i) for i in range(len(stops) - 1)), strict=True)
        lengths = scales([stage.state for stage in predictors], x)  # a corrector's is the same
        answers: deque[Tensor] = deque(maxlen=self.terms + 1)  # newest first
        base = x
        for i, here in enumerate(stops[:-1]):
            prediction = model.predict(x, here.t)
            answers.appendleft(prediction.x0)
            if i:
                x = correctors[i - 1].reach(base, answers, lengths[i - 1])
            yield Step(here.t, x, prediction)
            base, x = x, predictors[i].reach(x, answers, lengths[i])
        yield Step(stops[-1].t, x, None)

    def _plan(self, stops: Sequence[Node], i: int) -> tuple[Stage, Stage]:
        """How step i predicts, and how the answer at its end corrects."""
        terms = min(i + 1, self.terms, len(stops) - 1 - i if self.lower_order_final else self.terms)
        past = [node.lam for node in stops[max(0, i - terms + 1) : i][::-1]]
        ends = stops[i], stops[i + 1], past
        return self._stage(*ends, corrected=False), self._stage(*ends, corrected=True)

    def _stage(self, s: Node, t: Node, past: Sequence[float], corrected: bool) -> Stage:
        """The weights of the answers, newest first; `corrected` counts the one at t among them."""
        h = t.lam - s.lam
        gain = -t.alpha * math.expm1(-h)
        scale = gain if self.weighting == "bh2" else t.alpha * h
        ratios = [1.0] * corrected + [(lam - s.lam) / h for lam in past]
        shares = [scale * weight / r for weight, r in zip(self._weights(h, ratios), ratios, strict=True)]
        return Stage(t.sigma / s.sigma, (*shares[:corrected], gain - sum(shares), *shares[corrected:]))

    def _weights(self, h: float, ratios: Sequence[float]) -> list[float]:
        """rho with sum_k rho_k r_k^{j-1} = j! phi_{j+1}(-h) (-h) / B, j = 1, 2, …; one half where there is one only."""
        if len(ratios) <= 1:
            return [0.5] * len(ratios)
        phi, sides = math.expm1(-h), []
        b = math.expm1(-h) if self.weighting == "bh2" else -h
        for j in range(1, len(ratios) + 1):
            phi = phi / -h - 1 / math.factorial(j)
            sides.append(math.factorial(j) * phi / b)
        rows = np.vander(ratios, increasing=True).T
        found: list[float] = np.linalg.solve(rows, sides).tolist()
        return found


@dataclass(frozen=True)
class UniPC2(UniPC):
    """Two answers predict, three correct: order 3."""

    title: ClassVar[str] = "UniPC-2"
    paper: ClassVar[str] = "Zhao et al. 2023 (UniPC), algorithms 5 to 7 with p = 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\hat x_0-\alpha_tB(h)\sum_{k}\tfrac{\rho_k}{r_k}"
        r"\big(\hat x_0^{(k)}-\hat x_0\big)"
    )
    order: ClassVar[int] = 3
    terms: ClassVar[int] = 2


@dataclass(frozen=True)
class UniPC3(UniPC):
    """Three answers predict, four correct: order 4."""

    title: ClassVar[str] = "UniPC-3"
    paper: ClassVar[str] = "Zhao et al. 2023 (UniPC), algorithms 5 to 7 with p = 3"
    latex: ClassVar[str] = UniPC2.latex
    order: ClassVar[int] = 4
    terms: ClassVar[int] = 3
