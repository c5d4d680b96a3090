"""Denoising score matching: regress what was added to a data point, and the conditional mean is the score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn

from diffviz.networks.targets import TARGETS
from diffviz.objectives.base import Loss, Objective, TargetSlug, TrainingBatch, level, noised
from diffviz.objectives.time_samplers import LadderTimes, OneLevelTimes, TimeSampler
from diffviz.protocols import Schedule, ScoreModel


@dataclass(frozen=True)
class Denoising(Objective):
    """E w |y(x0, eps) - y_theta(alpha x0 + sigma eps, t)|², whose minimum over y_theta is E[y | x_t].

    Equal to explicit score matching up to a constant (Vincent 2011).
    """

    title: ClassVar[str] = "Denoising score matching"
    paper: ClassVar[str] = "Vincent 2011, section 4; Song et al. 2021, equation 7"
    latex: ClassVar[str] = (
        r"\mathbb E_{t,x_0,\epsilon}\,w(t)\,\lVert y-\hat y_\theta(\alpha_t x_0+\sigma_t\epsilon,t)\rVert^2"
    )

    def make_batch(
        self,
        schedule: Schedule,
        x0: Tensor,
        t: Tensor,
        eps: Tensor,
        probes: Generator | None = None,
        known: ScoreModel | None = None,
    ) -> TrainingBatch:
        """The noisy points, and the outputs that are right for what was drawn."""
        target, at = TARGETS[self.target], level(schedule, t)
        x, alpha, sigma = noised(x0, eps, at)
        return TrainingBatch(x, t, target.value(x0, eps, alpha, sigma), self.weighting.on_output(target, at))

    def loss(self, network: nn.Module, schedule: Schedule, batch: TrainingBatch, label: tuple[Tensor, ...]) -> Loss:
        """The weighted squared error of the network's own output, a mean over coordinates."""
        return regression(network.forward(batch.x, batch.t, *label), batch)


@dataclass(frozen=True)
class OneLevelDenoising(Denoising):
    """Denoising score matching at one noise level: the score of the data blurred by that much, and of nothing else."""

    title: ClassVar[str] = "Denoising, one level"
    paper: ClassVar[str] = "Vincent 2011, equation 11"
    latex: ClassVar[str] = r"\mathbb E_{x_0,\epsilon}\,\lVert\sigma s_\theta(x_0+\sigma\epsilon)+\epsilon\rVert^2"

    target: TargetSlug = "score"
    times: TimeSampler = field(default_factory=OneLevelTimes)


@dataclass(frozen=True)
class LadderDenoising(Denoising):
    """Denoising at a few noise levels in geometric progression, each weighted by sigma²: noise conditional networks."""

    title: ClassVar[str] = "NCSN, a ladder of levels"
    paper: ClassVar[str] = "Song and Ermon 2019, equations 5 and 6"
    latex: ClassVar[str] = (
        r"\tfrac1L\sum_{i=1}^L\sigma_i^2\,\mathbb E\,"
        r"\lVert s_\theta(x_0+\sigma_i\epsilon,\sigma_i)+\epsilon/\sigma_i\rVert^2"
    )

    target: TargetSlug = "score"
    times: TimeSampler = field(default_factory=LadderTimes)


@dataclass(frozen=True)
class Explicit(Denoising):
    """Regress the score itself where it is known: what the other objectives do without knowing it.

    Denoising score matching has the same gradient, but more noise, as its target scatters around the score.
    """

    title: ClassVar[str] = "Explicit score matching"
    paper: ClassVar[str] = "Hyvärinen 2005, section 2"
    latex: ClassVar[str] = r"\mathbb E_{t,x_t}\,w(t)\,\lVert s_\theta(x_t,t)-\nabla\log q_t(x_t)\rVert^2"
    needs_score: ClassVar[bool] = True

    def make_batch(
        self,
        schedule: Schedule,
        x0: Tensor,
        t: Tensor,
        eps: Tensor,
        probes: Generator | None = None,
        known: ScoreModel | None = None,
    ) -> TrainingBatch:
        """The noisy points, and the outputs that give the known score."""
        assert known is not None  # the loop refuses to begin without
        target, at = TARGETS[self.target], level(schedule, t)
        x, alpha, sigma = noised(x0, eps, at)
        right = known.predict(alpha * x0 + sigma * eps, t)
        return TrainingBatch(
            x, t, target.value(right.x0, right.eps, alpha, sigma), self.weighting.on_output(target, at)
        )


def regression(output: Tensor, batch: TrainingBatch) -> Loss:
    """The weighted mean of the squared error of an output (B, *D)."""
    error = (output - batch.target).square_().flatten(1).mean(1)
    return Loss(torch.dot(error, batch.weight) / len(error), error)
