"""Where a step's error comes from: the linear part of the flow, or the network's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction, View
from diffviz.protocols import Array, Coefficient, Schedule, ScoreModel
from diffviz.samplers.base import Sampler, sample
from diffviz.samplers.probability_flow import exact_flow


class StepErrors(NamedTuple):
    """Root mean square over particles, (N,) each, of one step's error from the exact flow, and of its two parts."""

    total: Array
    linear: Array
    network: Array


@dataclass(frozen=True, eq=False)
class _Silent:
    """A network that answers nothing, in the view given: what a sampler then does is its linear part."""

    schedule: Schedule
    view: View

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        nothing = torch.zeros_like(x)
        return Prediction(x, 1.0, 1.0, nothing, nothing)


def step_errors(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array) -> StepErrors:
    """Every step of a deterministic one-step sampler, each started on the exact flow through x (B, *D) at grid[0].

    The flow is linear in x and in the network's answer D, dx = (a x + b D) dlambda. Without the network a step should
    multiply x by alpha_t / alpha_s (D = eps) or sigma_t / sigma_s (D = x_0), as exponential integrators do; what it
    misses there is the linear error, and the rest is the network's (Lu et al. 2022a, section 3.1).
    """
    schedule, view = model.schedule, sampler.view
    states = exact_flow(model, x, grid)
    carried = schedule.alpha(grid) if view == "eps" else schedule.sigma(grid)
    still, silent = WhiteNoise(0, tuple(x.shape), x.dtype), _Silent(schedule, view)
    found = []
    for k, (start, truth) in enumerate(zip(states[:-1], states[1:], strict=True)):
        pair = grid[k : k + 2]
        end = sample(sampler, model, start, pair, still).final
        alone = sample(sampler, silent, start, pair, still).final
        missed = alone - float(carried[k + 1] / carried[k]) * start
        found.append([_size(end - truth), _size(missed), _size(end - truth - missed)])
    total, linear, network = torch.tensor(found, dtype=torch.float64).T.numpy()
    return StepErrors(total, linear, network)


def _size(difference: Tensor) -> float:
    return float(difference.flatten(1).square().sum(1).mean().sqrt())
