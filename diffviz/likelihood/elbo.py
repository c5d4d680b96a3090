"""The evidence lower bound of a reverse chain, term by term: L_T at the noisy end, a KL a step, and L_0 at the data.

-log p(x_0) <= L_T + sum L_(t-1) + L_0 (Ho et al. 2020, equation 5). Every step goes from a node s to a less noisy
t, by a Gaussian about the posterior mean of q(x_t | x_s, x_0) at the predicted x_0; what is free is its variance.
All terms are in nats; the last step goes from t_min to the data themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import ConfigError
from diffviz.data import GaussianMixture
from diffviz.estimate import Estimate, standard_error
from diffviz.likelihood.reverse_variance import ReverseVariance, posterior
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.samplers.base import Node, grid_nodes, nodes_at
from diffviz.sde import diffuse

DATA = Node(0.0, 1.0, 0.0, math.inf, 0.0, 0.0)  # where the last step ends
PIXEL_BIN = 2 / 255  # of 8-bit pixels spread over [-1, 1]
_REACH, _APART = 8.0, 0.35  # of a quadrature: standard deviations around a component, and between points


@dataclass(frozen=True, eq=False)
class ELBOTerms:
    """Terms for B data points of D coordinates, nats, float64.

    times: (N+1,) falling, the nodes that steps begin at. prior: (B,) L_T. steps: (N, B) L_(t-1) of the steps between
    nodes, noisiest first. decoder: (B,) L_0, from t_min to the data. dimensions: D.
    """

    times: Array
    prior: Tensor
    steps: Tensor
    decoder: Tensor
    dimensions: int

    @property
    def total(self) -> Tensor:
        """The negative evidence lower bound, (B,)."""
        return self.prior + self.steps.sum(0) + self.decoder

    def bits_per_dimension(self) -> Estimate:
        """Of the mean over data points, with its standard error; for a decoder over pixels, else of a density."""
        return self.estimate(self.total / (self.dimensions * math.log(2)))

    @staticmethod
    def estimate(values: Tensor) -> Estimate:
        """The mean over data points (B,), with its standard error."""
        return Estimate(float(values.mean()), standard_error(values.double().numpy()))


def elbo_terms(
    model: ScoreModel,
    x0: Tensor,
    grid: Array,
    variance: ReverseVariance,
    seed: int,
    pixel_bin: float | None = None,
) -> ELBOTerms:
    """One draw of every term for data x0 (B, *D) on a falling grid (N + 1,), a model call a term.

    variance: of each step, a number, or one for each sample and coordinate. pixel_bin: the width of the bins that x0's
    values were rounded to, for L_0 over pixels in [-1, 1]; None for a density.
    """
    nodes = grid_nodes(model.schedule, grid)
    noise = WhiteNoise(seed, tuple(x0.shape), x0.dtype)
    steps = []
    for s, t in pairwise([*nodes, DATA]):
        raise_if_cancelled()
        x = diffuse(model.schedule, x0, s.t, noise.at(s.lam, 0))
        prediction = model.predict(x, s.t)
        chosen = torch.as_tensor(variance(s, t, prediction), dtype=torch.float64)
        step, x0_hat = posterior(s, t), prediction.x0.double()
        if t is not DATA:
            gap = step.of_x0 * (x0.double() - x0_hat)
            kl = step_kl(step.variance, chosen, gap.square())
            steps.append(kl.flatten(1).sum(1))
        elif pixel_bin is None:
            nll = (x0.double() - x0_hat).square() / chosen + torch.log(2 * math.pi * chosen)
            decoder = nll.flatten(1).sum(1) / 2
        else:
            logs = pixel_log_probability(x0.double(), x0_hat, chosen.sqrt(), pixel_bin)
            decoder = -logs.flatten(1).sum(1)
    prior = 0.5 * (nodes[0].alpha / nodes[0].sigma) ** 2 * x0.double().flatten(1).square().sum(1)
    return ELBOTerms(grid, prior, torch.stack(steps), decoder, x0[0].numel())


def step_kl(posterior_variance: float, variance: Tensor, squared_gap: Tensor) -> Tensor:
    """KL of N(a, v) from N(b, w) by coordinate: ½ (v / w - 1 - log(v / w) + (a - b)² / w), all positive."""
    ratio = posterior_variance / variance
    return (ratio - 1 - torch.log(ratio) + squared_gap / variance) / 2


def pixel_log_probability(x0: Tensor, mean: Tensor, deviation: Tensor, width: float) -> Tensor:
    """log of what N(mean, deviation²) has in the bin about each pixel; those of -1 and 1 reach on without end.

    Ho et al. 2020, equation 13. By the tail that is nearer, so that far bins keep their digits; all of one shape.
    """
    above, below = (x0 + width / 2 - mean) / deviation, (x0 - width / 2 - mean) / deviation
    above = torch.where(x0 > 1 - width / 2, torch.inf, above)
    below = torch.where(x0 < -1 + width / 2, -torch.inf, below)
    flip = above + below > 0  # Phi(b) - Phi(a) = Phi(-a) - Phi(-b): take the side where both are small
    high, low = torch.where(flip, -below, above), torch.where(flip, -above, below)
    log_high, log_low = torch.special.log_ndtr(high), torch.special.log_ndtr(low)
    return log_high + torch.log(-torch.expm1(log_low - log_high))


class ExpectedTerms(NamedTuple):
    """The means of all terms over the data, nats: L_T, (N,) the steps, noisiest first, L_0."""

    prior: float
    steps: Array
    decoder: float

    @property
    def total(self) -> float:
        """The negative evidence lower bound."""
        return float(self.prior + self.steps.sum() + self.decoder)


def expected_terms(
    mixture: GaussianMixture, schedule: Schedule, grid: Array, variance: ReverseVariance, x0_variance: Array
) -> ExpectedTerms:
    """The terms of a mixture's exact score, without Monte Carlo.

    x0_variance: (N + 1,) E tr Cov[x_0 | x_t] / D at the grid's times, all that a term needs to know; see
    `mean_posterior_variance`. variance: numbers alone, which need no prediction.
    """
    nodes, dimensions = grid_nodes(schedule, grid), mixture.means.shape[1]
    steps = []
    for (s, t), unknown in zip(pairwise([*nodes, DATA]), x0_variance.tolist(), strict=True):
        step = posterior(s, t)
        chosen = float(variance(s, t, None))
        if t is DATA:
            decoder = dimensions / 2 * (unknown / chosen + math.log(2 * math.pi * chosen))
        else:
            ratio, gap = step.variance / chosen, step.of_x0**2 * unknown  # as in `step_kl`, of numbers
            steps.append(dimensions * (ratio - 1 - math.log(ratio) + gap / chosen) / 2)
    second = mixture.weights @ (np.square(mixture.means).sum(1) + np.trace(mixture.covariances, axis1=1, axis2=2))
    return ExpectedTerms(0.5 * (nodes[0].alpha / nodes[0].sigma) ** 2 * float(second), np.array(steps), decoder)


def mean_posterior_variance(mixture: GaussianMixture, schedule: Schedule, times: Array) -> Array:
    """E tr Cov[x_0 | x_t] / D of a mixture in the plane at `times` (N,), by quadrature.

    Evenly spaced points over the whole plane: for what is as smooth as a Gaussian the error is far below rounding, as
    long as points lie a third as close as the narrowest component is wide. Raises `ConfigError` off the plane.
    """
    if mixture.means.shape[1] != 2:
        raise ConfigError(f"The quadrature is for the plane, got {mixture.means.shape[1]} dimensions.")
    values = []
    for node in nodes_at(schedule, times):
        raise_if_cancelled()
        marginal = mixture.at(node.alpha, node.sigma)
        places, area = _quadrature(mixture.diffused(node.alpha, node.sigma))
        values.append(float(marginal.posterior_trace_by_density(places).sum()) * area / 2)
    return np.array(values)


def entropy(mixture: GaussianMixture) -> float:
    """-E log q_0 of a mixture in the plane, nats, by the same quadrature: what no bound can be below."""
    places, area = _quadrature(mixture)
    logs = mixture.at().log_density(places)
    return -float((logs.exp() * logs).sum()) * area


def _quadrature(marginal: GaussianMixture) -> tuple[Tensor, float]:
    """Points (n, 2) over all that a mixture covers, close enough for its narrowest component, and the area of each."""
    spread = np.sqrt(np.diagonal(marginal.covariances, axis1=1, axis2=2))
    low, high = (marginal.means - _REACH * spread).min(0), (marginal.means + _REACH * spread).max(0)
    step = _APART * float(np.sqrt(np.linalg.eigvalsh(marginal.covariances).min()))
    lines = [np.arange(a, b + step, step) for a, b in zip(low, high, strict=True)]
    return torch.from_numpy(np.stack(np.meshgrid(*lines), -1).reshape(-1, 2)), step**2
