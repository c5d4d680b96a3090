"""The sampler of Karras et al.: Heun's method in sigma / alpha, with or without churn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from torch import Tensor

from diffviz.config import Range
from diffviz.prediction import View
from diffviz.protocols import Array, Noise, Schedule, ScoreModel
from diffviz.samplers.base import Node, Sampler, nodes, nodes_at
from diffviz.trajectory import Step


@dataclass(frozen=True)
class EDM(Sampler):
    """On y = x / alpha and s = sigma / alpha the flow is dy = eps ds: stir fresh noise in, then one step of Heun.

    Each step first raises s by the factor 1 + min(churn / N, sqrt(2) - 1), where s lies between `churn_from` and
    `churn_to`, with noise `inflation` times as strong as that takes; never beyond t_max. Without churn the sampler is
    deterministic.
    """

    title: ClassVar[str] = "EDM (Karras et al.)"
    paper: ClassVar[str] = "Karras et al. 2022, algorithms 1 and 2"
    latex: ClassVar[str] = (
        r"\hat y=y_s+\sqrt{\hat s^2-s^2}\,S_{\mathrm{noise}}z,\quad y_t=\hat y+\tfrac{t-\hat s}{2}"
        r"\big(\hat\epsilon(\hat y)+\hat\epsilon(\tilde y_t)\big),\quad y=\tfrac{x}{\alpha},\ s=\tfrac{\sigma}{\alpha}"
    )
    order: ClassVar[int] = 2
    cost: ClassVar[int] = 2
    view: ClassVar[View] = "eps"

    churn: Annotated[float, Range(0.0, 100.0, label="S churn", help="Noise stirred in, over all steps.")] = 0.0
    churn_from: Annotated[float, Range(1e-3, 100.0, label="S min", log=True, help="Least σ/α with churn.")] = 0.05
    churn_to: Annotated[float, Range(1e-3, 1e3, label="S max", log=True, help="Greatest σ/α with churn.")] = 50.0
    inflation: Annotated[float, Range(0.9, 1.1, step=0.001, label="S noise", help="1 keeps the law.")] = 1.0

    @property
    def stochastic(self) -> bool:
        """With churn."""
        return self.churn > 0

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Stir, ask, step with Euler, ask there, step with the mean slope."""
        stops = nodes(model.schedule, grid)
        stirred = self._stirred(model.schedule, stops)
        for node, here, there in zip(stops[:-1], stirred, stops[1:], strict=True):
            before = x
            if here.lam < node.lam:
                spread = here.sigma * math.sqrt(-math.expm1(2 * (here.lam - node.lam)))
                z = noise.between(node.lam, there.lam)
                x = (here.alpha / node.alpha * x).add_(z, alpha=self.inflation * spread)
            prediction = model.predict(x, here.t)
            yield Step(node.t, before, prediction)
            gain = there.alpha * (math.exp(-there.lam) - math.exp(-here.lam))
            x = there.alpha / here.alpha * x
            end = model.predict(x.add(prediction.eps, alpha=gain), there.t).eps
            x = x.add_(prediction.eps, alpha=gain / 2).add_(end, alpha=gain / 2)
        yield Step(stops[-1].t, x, None)

    def _stirred(self, schedule: Schedule, stops: Sequence[Node]) -> list[Node]:
        """Where each step starts once noise is stirred in."""
        if not self.churn:
            return list(stops[:-1])
        most = math.log1p(min(self.churn / (len(stops) - 1), math.sqrt(2) - 1))
        lam = np.array([node.lam for node in stops[:-1]])
        churned = (lam <= -math.log(self.churn_from)) & (lam >= -math.log(self.churn_to))
        target = np.maximum(lam - most * churned, stops[0].lam)
        return [
            node if low == node.lam else raised
            for node, low, raised in zip(stops, target, nodes_at(schedule, schedule.time_of(target)), strict=False)
        ]
