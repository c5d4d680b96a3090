"""Where a step's error comes from: the linear part of the flow, or the network's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.protocols import Array, Coefficient, Schedule, ScoreModel
from diffviz.samplers.base import Sampler, sample
from diffviz.samplers.probability_flow import exact_flow


class StepErrors(NamedTuple):
    """Root mean square over particles, (N,) each, of one step's error from the exact flow, and of its two parts."""

    total: Array
    linear: Array
    network: Array


@dataclass(frozen=True, eq=False)
class _ZeroModel:
    """Predicts nothing, in whichever view: what a sampler then does is its linear part."""

    schedule: Schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        zeros = torch.zeros_like(x)
        return Prediction(x, 1.0, 1.0, zeros, zeros)


def step_errors(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array) -> StepErrors:
    """Every step of a deterministic memoryless sampler, each started on the exact flow through x (B, *D) at grid[0].

    The flow is linear in x and in the prediction D, dx = (a x + b D) dlambda. Without the network a step should
    multiply x by alpha_t / alpha_s (D = eps) or sigma_t / sigma_s (D = x_0), as exponential integrators do; what it
    misses there is the linear error, and the rest is the network's (Lu et al. 2022a, section 3.1).
    """
    schedule = model.schedule
    on_flow = exact_flow(model, x, grid)
    amplitude = schedule.alpha(grid) if sampler.view == "eps" else schedule.sigma(grid)
    unused, zero_model = WhiteNoise(0, tuple(x.shape), x.dtype), _ZeroModel(schedule)
    errors = []
    for k, (start, end) in enumerate(zip(on_flow[:-1], on_flow[1:], strict=True)):
        step = grid[k : k + 2]
        total = sample(sampler, model, start, step, unused).final - end
        linear_end = float(amplitude[k + 1] / amplitude[k]) * start
        linear = sample(sampler, zero_model, start, step, unused).final - linear_end
        errors.append([_rms(total), _rms(linear), _rms(total - linear)])
    return StepErrors(*torch.tensor(errors, dtype=torch.float64).T.numpy())


def _rms(difference: Tensor) -> float:
    """Root of the mean square length over particles."""
    return float(difference.flatten(1).square().sum(1).mean().sqrt())
