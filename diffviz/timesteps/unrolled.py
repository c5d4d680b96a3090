"""The gradient of a linear sampler's end in the times at which it steps and asks, through all of its steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.samplers.base import LinearSampler, Sampler, nodes_at

_PAST = 2  # earlier predictions that a move may weigh
_STEP = 1e-5  # of the central difference, in lambda: its own error and that of rounding are both near 1e-10


def learnable(sampler: Sampler) -> LinearSampler:
    """The sampler, if its steps can be learned: linear in state and predictions, one call a step, without noise.

    Raises `ConfigError` for any other.
    """
    if not isinstance(sampler, LinearSampler):
        raise ConfigError(
            f"{sampler.title} cannot learn its steps: only a sampler with one call a step that is linear can."
        )
    if sampler.stochastic:
        raise ConfigError(
            f"{sampler.title} cannot learn its steps: it draws noise, so that its end is not its start's."
        )
    return sampler


def unrolled(
    sampler: LinearSampler, model: ScoreModel, x: Tensor, lam: Tensor, asked: Tensor, *, recompute: bool = False
) -> Tensor:
    """Where the sampler brings x (B, *D), as a function that autograd can follow to x, `lam` and `asked`.

    lam: (N + 1,) float64, rising, the noise levels at which it steps, the first and the last fixed. asked: (N,)
    float64, those that the model is told in their place; its eps is kept, as `RetimedScore` does. recompute: forget
    what the model computed inside a step and compute it again on the way back, so that memory holds one call at a time
    (Chen et al. 2016, gradient checkpointing).
    """
    schedule = model.schedule
    times = schedule.time_of(lam)
    columns = [schedule.time_of(asked), schedule.alpha(times[:-1]), schedule.sigma(times[:-1])]
    t, alpha, sigma = (column.to(x.dtype).unbind() for column in columns)
    moves = move_numbers(sampler, schedule, lam).to(x.dtype)
    answer = partial(_answer, sampler, model)
    if not x.requires_grad:
        x = x.detach().requires_grad_()  # a score model records its gradient where x asks for one
    past: deque[Tensor] = deque(maxlen=_PAST)  # newest first
    for k, (state, gain, *weights) in enumerate(move.unbind() for move in moves):
        told = (x, t[k], alpha[k], sigma[k])
        predicted = _Recomputed.apply(answer, *told) if recompute else answer(*told)  # type: ignore[no-untyped-call]
        x = state * x + gain * predicted
        for weight, earlier in zip(weights, past, strict=False):
            x = x + weight * earlier
        past.appendleft(predicted)
    return x


def _answer(sampler: LinearSampler, model: ScoreModel, x: Tensor, t: Tensor, alpha: Tensor, sigma: Tensor) -> Tensor:
    """What the model's eps at t is as a prediction at (alpha, sigma), in the sampler's view."""
    eps = model.predict(x, t.expand(len(x))).eps
    return eps if sampler.view == "eps" else (x - sigma * eps) / alpha


def move_numbers(sampler: LinearSampler, schedule: Schedule, lam: Tensor) -> Tensor:
    """Every move as (state, prediction, past, past), (N, 4) float64, with its gradient in the inner levels of `lam`.

    Samplers give their moves as float64 numbers, so the Jacobian is found by central differences: any linear sampler
    can be learned through, as it is.
    """
    noisy, data = lam[0].item(), lam[-1].item()

    def numbers(inner: Array) -> Array:
        times = schedule.time_of(np.concatenate([[noisy], inner, [data]]))
        moves = sampler.moves(nodes_at(schedule, times))
        rows = [(move.state, move.prediction, *move.past, *(0.0,) * (_PAST - len(move.past))) for move in moves]
        return np.array(rows)

    out: Tensor = _ByDifferences.apply(lam[1:-1], numbers)  # type: ignore[no-untyped-call]
    return out


class _ByDifferences(torch.autograd.Function):
    """A function of float64 numbers (N,) whose gradient is found by central differences, when it is asked for."""

    @staticmethod
    def forward(ctx: Any, at: Tensor, function: Callable[[Array], Array]) -> Tensor:
        ctx.at, ctx.function = at.detach().numpy(), function
        return torch.from_numpy(function(ctx.at))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        sides = [(ctx.function(ctx.at + shift), ctx.function(ctx.at - shift)) for shift in _STEP * np.eye(len(ctx.at))]
        slopes = [((high - low) / (2 * _STEP) * gradient.numpy()).sum() for high, low in sides]
        return torch.tensor(slopes, dtype=torch.float64), None


class _Recomputed(torch.autograd.Function):
    """A function of tensors that keeps nothing of its inside, and is computed again when its gradient is asked for.

    `torch.utils.checkpoint` does so too, but takes seconds to import at its first use.
    """

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
        ctx.function = function
        ctx.save_for_backward(*inputs)
        return function(*(value.detach() for value in inputs))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        with torch.enable_grad():
            inputs = [value.detach().requires_grad_() for value in ctx.saved_tensors]
            out = ctx.function(*inputs)
        return None, *torch.autograd.grad([out], inputs, list(gradients), allow_unused=True)
