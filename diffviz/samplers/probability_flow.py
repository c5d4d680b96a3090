"""The probability flow itself: as exactly as wanted, from noise to data and back, and between two of its latents."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers.base import Sampler, sample
from diffviz.samplers.runge_kutta import ProbabilityFlowRK4
from diffviz.scores.counted import CountedScore
from diffviz.trajectory import Trajectory


def exact_flow(model: ScoreModel, x: Tensor, grid: Array, steps: int = 400) -> Tensor:
    """The flow's states at the grid's times from x at grid[0]: (N + 1, B, *D).

    By RK4 over lambda, every interval of the grid cut into equal parts, about `steps` in all; the grid falls or rises.
    """
    schedule = model.schedule
    parts = max(1, round(steps / (len(grid) - 1)))
    lam = schedule.lam(grid)
    fine_lam = np.interp(np.arange(parts * (len(grid) - 1) + 1) / parts, np.arange(len(grid)), lam)
    times = schedule.time_of(fine_lam)
    times[::parts] = grid
    _, states, _ = Trajectory.collect(ProbabilityFlowRK4("logsnr").visit(model, x, times, _unused_noise(x)))
    return states[::parts]


class RoundTrip(NamedTuple):
    """Data to noise and back: the latent (B, *D) at t_max, the data it decodes to, and the calls of both ways."""

    latent: Tensor
    decoded: Tensor
    nfe: int


def encode(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array) -> Trajectory:
    """Follow the flow from data x (B, *D) at grid[-1] up to noise at grid[0], in the steps of a falling `grid`.

    Any deterministic sampler runs both ways (Song et al. 2021, section 4.3); a stochastic one raises `ConfigError`.
    """
    _raise_if_stochastic(sampler)
    counted = CountedScore(model)
    t, states, x0 = Trajectory.collect(sampler.visit(counted, x, grid[::-1].copy(), _unused_noise(x)))
    return Trajectory(t, states, x0, counted.nfe)


def decode(sampler: Sampler, model: ScoreModel, latent: Tensor, grid: Array) -> Trajectory:
    """Follow the flow from latents (B, *D) at grid[0] down to data at grid[-1]; a stochastic sampler: `ConfigError`."""
    _raise_if_stochastic(sampler)
    return sample(sampler, model, latent, grid, _unused_noise(latent))


def _raise_if_stochastic(sampler: Sampler) -> None:
    if sampler.stochastic:
        raise ConfigError(f"{sampler.title} draws noise, so it has no way back; choose a deterministic sampler.")


def round_trip(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array) -> RoundTrip:
    """Encode data x (B, *D) and decode the latent again; what is lost is the sampler's error, both ways together.

    Raises `ConfigError` for a stochastic sampler.
    """
    encoding = encode(sampler, model, x, grid)
    decoding = decode(sampler, model, encoding.final, grid)
    return RoundTrip(encoding.final, decoding.final, encoding.nfe + decoding.nfe)


def linear_interpolation(a: Tensor, b: Tensor, weights: Tensor) -> Tensor:
    """(1 - w) a + w b for every weight: (W, *a.shape). Between two normal latents the middle is too short."""
    w = weights.reshape(-1, *(1,) * a.ndim)
    return (1 - w) * a + w * b


def spherical_interpolation(a: Tensor, b: Tensor, weights: Tensor) -> Tensor:
    """Along the great circle between two latents (*D): (W, *D), which keeps the length of normal noise.

    Shoemake 1985; where both point the same way, or exactly apart, it is the straight line.
    """
    cosine = (a * b).sum() / (a.norm() * b.norm())
    angle = torch.arccos(cosine.clamp(-1, 1))
    if float(torch.sin(angle)) < 1e-6:
        return linear_interpolation(a, b, weights)
    w = weights.reshape(-1, *(1,) * a.ndim)
    return (torch.sin((1 - w) * angle) * a + torch.sin(w * angle) * b) / torch.sin(angle)


def _unused_noise(x: Tensor) -> WhiteNoise:
    """What a deterministic sampler is given and never draws from."""
    return WhiteNoise(0, tuple(x.shape), x.dtype)
