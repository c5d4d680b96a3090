"""The forward SDE dx = f x dt + g dw of any schedule, its reverse and its probability flow, and forward simulation."""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.prediction import expand
from diffviz.protocols import Array, Coefficient, Noise, Schedule, T


class _Rate(Protocol):
    def __call__(self, t: T) -> T: ...


def _rate(rate: _Rate, x: Tensor, t: Coefficient) -> Coefficient:
    """A schedule's function at t, shaped to multiply x (B, *D)."""
    return expand(rate(t), x) if isinstance(t, Tensor) else rate(t)


def forward_drift(schedule: Schedule, x: Tensor, t: Coefficient) -> Tensor:
    """The drift f(t) x of the forward SDE, (B, *D) (Song et al. 2021, equation 5)."""
    return _rate(schedule.f, x, t) * x


def reverse_drift(schedule: Schedule, x: Tensor, t: Coefficient, score: Tensor) -> Tensor:
    """f x - g² score, (B, *D); time runs backwards (Song et al. 2021, equation 6)."""
    return forward_drift(schedule, x, t) - _rate(schedule.g2, x, t) * score


def flow_drift(schedule: Schedule, x: Tensor, t: Coefficient, score: Tensor) -> Tensor:
    """f x - ½ g² score, (B, *D): the probability-flow ODE (Song et al. 2021, equation 13)."""
    return forward_drift(schedule, x, t) - _rate(schedule.g2, x, t) / 2 * score


def diffuse(schedule: Schedule, x0: Tensor, t: Coefficient, eps: Tensor) -> Tensor:
    """alpha x_0 + sigma eps: a draw from q(x_t | x_0), (B, *D)."""
    return _rate(schedule.alpha, x0, t) * x0 + _rate(schedule.sigma, x0, t) * eps


def exact_jumps(schedule: Schedule, x0: Tensor, times: Array, noise: Noise) -> Tensor:
    """The forward process at rising `times` (N,), without discretisation error: (N, B, *D).

    x_t = (alpha_t / alpha_s) x_s + sqrt(sigma_t² - (alpha_t / alpha_s)² sigma_s²) z. `noise` runs forward.
    """
    path = [diffuse(schedule, x0, float(times[0]), noise.initial())]
    for s, t in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        raise_if_cancelled()
        keep = schedule.alpha(t) / schedule.alpha(s)
        spread = schedule.sigma(t) * math.sqrt(-math.expm1(2 * (schedule.lam(t) - schedule.lam(s))))
        path.append(keep * path[-1] + spread * noise.between(schedule.lam(s), schedule.lam(t)))
    return torch.stack(path)


def euler_maruyama(schedule: Schedule, x0: Tensor, times: Array, noise: Noise) -> Tensor:
    """The forward SDE at rising `times` (N,) by Euler-Maruyama: (N, B, *D).

    On one Brownian path it differs from `exact_jumps` by its step error alone; both start from the same x at times[0].
    """
    path = [diffuse(schedule, x0, float(times[0]), noise.initial())]
    for s, t in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        raise_if_cancelled()
        dt = t - s
        z = noise.between(schedule.lam(s), schedule.lam(t))
        path.append((1 + schedule.f(s) * dt) * path[-1] + math.sqrt(schedule.g2(s) * dt) * z)
    return torch.stack(path)
