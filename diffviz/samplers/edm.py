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
from diffviz.samplers.base import Node, Sampler, grid_nodes, nodes_at
from diffviz.trajectory import Step


@dataclass(frozen=True)
class EDM(Sampler):
    """On y = x / alpha and s = sigma / alpha the flow is dy = eps ds: churn (add fresh noise), then one step of Heun.

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
    noise_parameters: ClassVar[tuple[str, ...]] = ("churn", "churn_from", "churn_to", "inflation")

    churn: Annotated[float, Range(0.0, 100.0, label="S churn", help="Noise added on the way, over all steps.")] = 0.0
    churn_from: Annotated[float, Range(1e-3, 100.0, label="S min", log=True, help="Least σ/α with churn.")] = 0.05
    churn_to: Annotated[float, Range(1e-3, 1e3, label="S max", log=True, help="Greatest σ/α with churn.")] = 50.0
    inflation: Annotated[
        float,
        Range(0.9, 1.1, step=0.001, label="S noise", help="Factor of the added noise; 1 keeps the law."),
    ] = 1.0

    @property
    def stochastic(self) -> bool:
        """Whether noise is drawn on the way: with churn."""
        return self.churn > 0

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Algorithm 2: raise the noise to s-hat, call, step with Euler, call there, step with the mean slope."""
        nodes = grid_nodes(model.schedule, grid)
        for s, s_hat, t in zip(nodes[:-1], self._churned(model.schedule, nodes), nodes[1:], strict=True):
            x_hat = x
            if s_hat.lam < s.lam:
                added = s_hat.sigma * math.sqrt(-math.expm1(2 * (s_hat.lam - s.lam)))
                z = noise.between(s.lam, t.lam)
                x_hat = (s_hat.alpha / s.alpha * x).add_(z, alpha=self.inflation * added)
            prediction = model.predict(x_hat, s_hat.t)
            yield Step(s.t, x, prediction)
            length = t.alpha * (math.exp(-t.lam) - math.exp(-s_hat.lam))  # of the step in s, times alpha_t
            unmoved = t.alpha / s_hat.alpha * x_hat
            slope_at_end = model.predict(unmoved.add(prediction.eps, alpha=length), t.t).eps
            x = unmoved.add_(prediction.eps, alpha=length / 2).add_(slope_at_end, alpha=length / 2)
        yield Step(nodes[-1].t, x, None)

    def _churned(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Node]:
        """Where each step starts once its noise is raised."""
        if not self.churn:
            return list(nodes[:-1])
        log_factor = math.log1p(min(self.churn / (len(nodes) - 1), math.sqrt(2) - 1))
        lam = np.array([node.lam for node in nodes[:-1]])
        churned = (lam <= -math.log(self.churn_from)) & (lam >= -math.log(self.churn_to))
        raised = np.maximum(np.where(churned, lam - log_factor, lam), nodes[0].lam)
        return [
            node if lam_hat == node.lam else hat
            for node, lam_hat, hat in zip(nodes, raised, nodes_at(schedule, schedule.time_of(raised)), strict=False)
        ]
