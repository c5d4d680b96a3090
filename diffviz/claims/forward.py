"""Claims about the forward process: its steps, its SDE and its schedules."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.problem import DDPM, RING, TOLERANCE, VP, estimate, exactly, noised, normals
from diffviz.estimate import Estimate
from diffviz.protocols import Array
from diffviz.schedules import Cosine, GeometricVE, SubVP
from diffviz.sde import diffuse

PARTICLES = 10_000
BETAS, ALPHA_BAR = DDPM.betas(), DDPM.alpha_bar  # of level n at index n - 1


def _walk(x: Tensor, keep: Array, spread: Array, seed: int) -> Tensor:
    """x <- keep_n x + spread_n z for every n, (B, *D)."""
    for n, (a, b) in enumerate(zip(keep.tolist(), spread.tolist(), strict=True)):
        x = a * x + b * normals(tuple(x.shape), seed, 1 + n)
    return x


def _share_left(keep: Array, spread: Array, seed: int) -> Estimate:
    """The mean of a walk that starts at 1: how much of x_0 is left in it."""
    return estimate(_walk(torch.ones(PARTICLES, dtype=torch.float64), keep, spread, seed))


def _spread_after(keep: Array, spread: Array, seed: int) -> Estimate:
    """The variance of a walk that starts at 0."""
    return estimate(_walk(torch.zeros(PARTICLES, dtype=torch.float64), keep, spread, seed) ** 2)


def forward_step(seed: int) -> Measurement:
    """What the noise of a step is multiplied by: sqrt(beta), or beta."""
    keep = np.sqrt(1 - BETAS)
    right, printed = (_spread_after(keep, spread, seed) for spread in (np.sqrt(BETAS), BETAS))
    return Measurement(1 - ALPHA_BAR[-1], right, printed, TOLERANCE)


def one_step_or_all(seed: int) -> Measurement:
    """alpha_n belongs to one step, alpha_bar_n to all n together: the signal left at n = 300."""
    n = 300
    right = _share_left(np.sqrt(1 - BETAS[:n]), np.sqrt(BETAS[:n]), seed)
    printed = _share_left(np.sqrt(1 - BETAS[n - 1 : n]), np.sqrt(BETAS[n - 1 : n]), seed)
    return Measurement(math.sqrt(ALPHA_BAR[n - 1]), right, printed, TOLERANCE)


def reparametrisation(seed: int) -> Measurement:
    """300 steps one by one against one jump: their variance given x_0."""
    n = 300
    right = _spread_after(np.sqrt(1 - BETAS[:n]), np.sqrt(BETAS[:n]), seed)
    return Measurement(1 - ALPHA_BAR[n - 1], right, None, TOLERANCE)


def vp_sde(seed: int) -> Measurement:
    """The mean at t = 1 of both SDEs from x_0 = 1, by 1,000 steps of Euler and Maruyama."""
    dt = 1 / 1_000
    t = np.linspace(0.0, 1 - dt, 1_000)
    beta, variance = VP.beta(t), VP.sigma(t) ** 2
    right = _share_left(1 - beta / 2 * dt, np.sqrt(beta * dt), seed)
    printed = _share_left(1 + np.sqrt(1 - variance) * dt, np.sqrt(variance * dt), seed)
    return Measurement(float(VP.alpha(1.0)), right, printed, TOLERANCE)


def step_variance(seed: int) -> Measurement:
    """sigma² of a step read as beta_i, or as the variance of x_i given x_0: the signal left after 100 steps."""
    n = 100
    right, printed = (_share_left(np.sqrt(1 - v), np.sqrt(v), seed) for v in (BETAS[:n], 1 - ALPHA_BAR[:n]))
    return Measurement(math.sqrt(ALPHA_BAR[n - 1]), right, printed, TOLERANCE)


def step_to_first_order(seed: int) -> Measurement:
    """sqrt(1 - beta) to first order in beta: the signal left after 100 steps."""
    beta = BETAS[:100]
    right, printed = (_share_left(keep, np.sqrt(beta), seed) for keep in (1 - beta / 2, -beta / 2))
    return Measurement(math.sqrt(ALPHA_BAR[99]), right, printed, TOLERANCE)


def drift_and_diffusion(seed: int) -> Measurement:
    """f and g² by difference quotients of alpha and sigma, on sub-VP: the variance at t = 0.6 given x_0."""
    schedule, steps, end, d = SubVP(), 300, 0.6, 1e-5
    t = (np.arange(steps) + 0.5) * end / steps  # the middle of each step
    dt = end / steps
    f = (schedule.log_alpha(t + d) - schedule.log_alpha(t - d)) / (2 * d)
    g2 = (schedule.sigma(t + d) ** 2 - schedule.sigma(t - d) ** 2) / (2 * d) - 2 * f * schedule.sigma(t) ** 2
    right = _spread_after(1 + f * dt, np.sqrt(g2 * dt), seed)
    return Measurement(float(schedule.sigma(end) ** 2), right, None, TOLERANCE)


def conditional_variance(seed: int) -> Measurement:
    """The variance of x_t at t = 0.3, a coordinate, with x_0 as it comes and with x_0 given."""
    t = 0.3
    alpha, sigma = float(VP.alpha(t)), float(VP.sigma(t))
    marginal = RING.diffused(alpha, sigma)
    x = noised(t, PARTICLES, seed).x
    right = estimate((x - x.mean(0)).square().mean(1))
    return Measurement(marginal.normalisation.scale**2, right, exactly(sigma**2), TOLERANCE)


def rate_of_deviation(seed: int) -> Measurement:
    """The variance of g w_t at t = 1/4 with g = 2."""
    steps, t, g = 50, 0.25, 2.0
    right = _spread_after(np.ones(steps), np.full(steps, g * math.sqrt(t / steps)), seed)
    return Measurement(g**2 * t, right, exactly(g), TOLERANCE)


def white_noise(seed: int) -> Measurement:
    """The variance at t = 1 of dx/dt = xi(t), in 100 steps, with xi of variance 1/dt and of variance 1."""
    steps = 100
    dt = 1 / steps
    right, printed = (_spread_after(np.ones(steps), np.full(steps, dt * xi), seed) for xi in (dt**-0.5, 1.0))
    return Measurement(1.0, right, printed, TOLERANCE)


def ve_step(seed: int) -> Measurement:
    """The variance that 100 steps of VE add, with the time step inside the root and outside."""
    schedule = GeometricVE()
    t = np.linspace(0, 1, 101)
    variance = schedule.sigma(t) ** 2
    right = _spread_after(np.ones(100), np.sqrt(np.diff(variance)), seed)
    printed = _spread_after(np.ones(100), np.sqrt(schedule.g2(t[1:])) / 100, seed)
    return Measurement(float(variance[-1] - variance[0]), right, printed, 100 * TOLERANCE)


def linear_alpha(seed: int) -> Measurement:
    """log alpha at t = 1 from 10,000 steps, with and without the root of 1 - beta."""
    beta = VP.beta(np.arange(1, 10_001) / 10_000) / 10_000
    whole = float(np.log1p(-beta).sum())
    return Measurement(float(VP.log_alpha(1.0)), exactly(whole / 2), exactly(whole), 0.01)


def cosine_square(seed: int) -> Measurement:
    """alpha_bar at T/2, from the chain whose betas follow from f = cos² and from f = cos."""
    n = np.arange(1_001) / 1_000
    cosine = np.cos((n + 0.008) / 1.008 * np.pi / 2)
    right, printed = (
        _share_left(np.sqrt(1 - beta), np.sqrt(beta), seed)
        for beta in (np.minimum(1 - f[1:501] / f[:500], 0.999) for f in (cosine**2, cosine))
    )
    return Measurement(float(Cosine().alpha(0.5)) ** 2, _squared(right), _squared(printed), TOLERANCE)


def half_log_snr(seed: int) -> Measurement:
    """The logarithm of the power of signal over noise at t = 0.3, for data of unit power."""
    t = 0.3
    x0 = normals((PARTICLES, 2), seed)
    noise = diffuse(VP, torch.zeros_like(x0), t, normals((PARTICLES, 2), seed, 1))
    parts = [estimate(power.square().mean(1)) for power in (float(VP.alpha(t)) * x0, noise)]
    error = math.hypot(*(part.error / part.mean for part in parts))
    right = Estimate(math.log(parts[0].mean / parts[1].mean), error)
    lam = float(VP.lam(t))
    return Measurement(2 * lam, right, exactly(lam), TOLERANCE)


def alpha_bar_that_stays(seed: int) -> Measurement:
    """alpha_bar_N at N = 100,000 for beta_n = 1 / (n + 1)², all between 0 and 1."""
    beta = 1 / np.arange(2, 100_002, dtype=np.float64) ** 2
    return Measurement(0.5, exactly(float(np.exp(np.log1p(-beta).sum()))), exactly(0.0), 1e-4)


def _squared(value: Estimate) -> Estimate:
    return Estimate(value.mean**2, 2 * abs(value.mean) * value.error)


CLAIMS: tuple[Claim, ...] = (
    Claim("forward-step", "variance of the noise after 1,000 steps", forward_step),
    Claim("one-step-or-all", "share of x₀ left at n = 300", one_step_or_all),
    Claim("reparametrisation", "variance given x₀ after 300 steps", reparametrisation),
    Claim("vp-sde", "mean at t = 1 from x₀ = 1", vp_sde),
    Claim("step-variance", "share of x₀ left after 100 steps", step_variance),
    Claim("step-to-first-order", "share of x₀ left after 100 steps", step_to_first_order),
    Claim("drift-and-diffusion", "variance given x₀ of sub-VP at t = 0.6", drift_and_diffusion),
    Claim("conditional-variance", "variance of a coordinate of x at t = 0.3", conditional_variance),
    Claim("rate-of-deviation", "variance of g·w at t = ¼ with g = 2", rate_of_deviation),
    Claim("white-noise", "variance of x at t = 1 for dx/dt = ξ", white_noise),
    Claim("ve-step", "variance added by 100 steps of VE", ve_step),
    Claim("linear-alpha", "log α at t = 1", linear_alpha),
    Claim("cosine-square", "ᾱ at T/2", cosine_square),
    Claim("half-log-snr", "log of the power of signal over noise at t = 0.3", half_log_snr),
    Claim("alpha-bar-that-stays", "ᾱ at N = 100,000 for β = 1/(n + 1)²", alpha_bar_that_stays),
)
