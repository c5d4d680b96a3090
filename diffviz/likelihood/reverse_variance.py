"""The variance of a reverse step, where the mean is the posterior's at the predicted x_0."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from diffviz.prediction import Prediction
from diffviz.protocols import Schedule
from diffviz.samplers.base import Node, nodes_at


class Posterior(NamedTuple):
    """q(x_t | x_s, x_0) of a step from s to the less noisy t: the weights of x_s and x_0 in its mean, its variance
    beta-tilde, and beta, that of q(x_s | x_t) (Ho et al. 2020, equations 6 and 7, on any subsequence)."""

    of_x: float
    of_x0: float
    variance: float
    beta: float


def posterior(s: Node, t: Node) -> Posterior:
    """From s to t, which may be the data themselves, where sigma = 0."""
    beta = s.sigma**2 * -math.expm1(-2 * (t.lam - s.lam))
    share = t.sigma**2 / s.sigma**2
    return Posterior(s.alpha / t.alpha * share, t.alpha * beta / s.sigma**2, beta * share, beta)


class ReverseVariance(Protocol):
    """The variance of the step from s to t, about the mean at `prediction`.

    A number for all, or a tensor that x (B, *D) can be divided by: one a sample (B, 1, ...), or one a coordinate. The
    prediction is None where only its expectation is known; a variance that depends on it cannot answer then.
    """

    def __call__(self, s: Node, t: Node, prediction: Prediction | None) -> float | Tensor:
        """Positive, in squared data units."""
        ...


def forward_variance(s: Node, t: Node, prediction: Prediction | None) -> float:
    """beta: right where data are standard normal."""
    return posterior(s, t).beta


@dataclass(frozen=True)
class PosteriorVariance:
    """beta-tilde: right where the data are one point.

    At the last step it is 0, and with it every density; there stands the one of the step before, from 2 t_min to t_min,
    as in Ho et al.'s own code.
    """

    schedule: Schedule

    def __call__(self, s: Node, t: Node, prediction: Prediction | None) -> float:
        """beta-tilde of the step, or of the one that ends where the last step begins."""
        return posterior(s, t).variance or self._before_the_last

    @property
    def _before_the_last(self) -> float:
        first = self.schedule.t_min
        second, last = nodes_at(self.schedule, np.array([max(2 * first, 1e-3), first]))
        return posterior(second, last).variance


@dataclass(frozen=True)
class LearnedVariance:
    """beta^v beta-tilde^(1 - v), with the v that the model answers beside its prediction, coordinate by coordinate.

    Nichol and Dhariwal 2021, equation 15; at the last step beta-tilde is the one that stands in for 0.
    """

    smallest: PosteriorVariance

    def __call__(self, s: Node, t: Node, prediction: Prediction | None) -> Tensor:
        """(B, *D), as the prediction's."""
        assert prediction is not None and prediction.variance is not None  # a model that answers none has no such bound
        low, high = (math.log(variance(s, t, None)) for variance in (self.smallest, forward_variance))
        return torch.exp(low + prediction.variance.double() * (high - low))


@dataclass(frozen=True)
class AnalyticVariance:
    """beta-tilde and what is not known of x_0, carried by its weight: the best of all numbers (Bao et al. 2022a).

    x0_variance: E tr Cov[x_0 | x_s] / D at any node, as `AnalyticDPM.x0_variance` measures it.
    """

    x0_variance: Callable[[Node], float]

    def __call__(self, s: Node, t: Node, prediction: Prediction | None) -> float:
        """The KL divergence of the step is least for it."""
        step = posterior(s, t)
        return step.variance + step.of_x0**2 * self.x0_variance(s)
