"""Claims about DDPM's posterior, its bound and the losses that follow from it."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.problem import (
    DDPM,
    RING,
    TOLERANCE,
    Draws,
    estimate,
    exactly,
    model,
    noised,
    normals,
    posterior_trace,
    square,
)
from diffviz.estimate import Estimate
from diffviz.protocols import Array
from diffviz.schedules import DiscreteDDPM

DRAWS = 20_000
LEVEL = 300


class Posterior:
    """q(x_s | x_r, x_0) = N(of_x x_r + of_x0 x_0, variance I) of two levels s < r of DDPM's chain.

    By completing the square: precisions add up, and so do means weighted with them.
    """

    def __init__(self, s: int, r: int, alpha_bar: Array) -> None:
        before, now = (float(alpha_bar[n - 1]) if n else 1.0 for n in (s, r))
        self.alpha, self.alpha_bar, self.alpha_bar_before = now / before, now, before
        self.beta = 1 - self.alpha
        precision = self.alpha / self.beta + 1 / (1 - before)
        self.variance = 1 / precision
        self.of_x = math.sqrt(self.alpha) / self.beta / precision
        self.of_x0 = math.sqrt(before) / (1 - before) / precision


STEP = Posterior(LEVEL - 1, LEVEL, DDPM.alpha_bar)


def _last_step(seed: int) -> tuple[Draws, Tensor, Draws]:
    """Draws before the step to `LEVEL`, the noise of that step, and the draws after it, with their total noise."""
    before = noised((LEVEL - 1) / 1_000, DRAWS, seed, DDPM)
    z = normals((DRAWS, 2), seed, 1)
    x = math.sqrt(STEP.alpha) * before.x + math.sqrt(STEP.beta) * z
    eps = (x - math.sqrt(STEP.alpha_bar) * before.x0) / math.sqrt(1 - STEP.alpha_bar)
    return before, z, Draws(before.x0, eps, x)


def total_noise(seed: int) -> Measurement:
    """The total noise and the last step's, regressed on the noise that the exact score predicts."""
    _, z, now = _last_step(seed)
    exact = model(DDPM).predict(now.x, LEVEL / 1_000).eps
    power = square(exact).mean()
    right, printed = (estimate((noise * exact).sum(-1) / power) for noise in (now.eps, z))
    return Measurement(1.0, right, printed, TOLERANCE)


def reverse_gaussian(seed: int) -> Measurement:
    """The variance of x_{n-1} about the posterior mean, over that of the posterior."""
    before, _, now = _last_step(seed)
    away = before.x - STEP.of_x * now.x - STEP.of_x0 * now.x0
    return Measurement(1.0, estimate(square(away) / 2 / STEP.variance), None, TOLERANCE)


def posterior_mean(seed: int) -> Measurement:
    """The variance of x_{n-1} about the mean written in the noise, over beta~, with alpha and with alpha_bar."""
    before, _, now = _last_step(seed)
    inner = now.x - STEP.beta / math.sqrt(1 - STEP.alpha_bar) * now.eps
    right, printed = (
        estimate(square(before.x - inner / math.sqrt(a)) / 2 / STEP.variance) for a in (STEP.alpha, STEP.alpha_bar)
    )
    return Measurement(1.0, right, printed, TOLERANCE)


def posterior_variance(seed: int) -> Measurement:
    """beta~ of the fifth step, over beta, from the levels before and after it and from one level twice."""
    step = Posterior(4, 5, DDPM.alpha_bar)
    before, now = 1 - step.alpha_bar_before, 1 - step.alpha_bar
    return Measurement(step.variance / step.beta, exactly(before / now), exactly(now / now), 1e-9)


def kl_of_gaussians(seed: int) -> Measurement:
    """KL of N(m, beta~ I) from N(0, beta I), against its integral, with sigma² and with its square."""
    m, p, q = 0.1, STEP.variance, STEP.beta
    axis = torch.linspace(-12, 12, 401, dtype=torch.float64)
    x = math.sqrt(p) * torch.cartesian_prod(axis, axis) + torch.tensor([m, 0.0])
    log_p, log_q = _log_normal(x, torch.tensor([m, 0.0]), p), _log_normal(x, torch.zeros(2), q)
    weight = log_p.exp() / log_p.exp().sum()
    constant = p / q - 1 - math.log(p / q)
    right, printed = (exactly(m**2 / (2 * w) + constant) for w in (q, q**2))
    return Measurement(float((weight * (log_p - log_q)).sum()), right, printed, 1e-6)


def weight_of_noise(seed: int) -> Measurement:
    """The KL of a step of the exact model, from its loss on the noise, with the coefficient squared and not."""
    draws = noised(LEVEL / 1_000, DRAWS, seed, DDPM)
    loss = estimate(square(draws.eps - model(DDPM).predict(draws.x, LEVEL / 1_000).eps))
    coefficient = STEP.beta / math.sqrt((1 - STEP.alpha_bar) * STEP.alpha)
    truth = STEP.of_x0**2 * posterior_trace(LEVEL / 1_000, DDPM) / (2 * STEP.variance)
    right, printed = (
        Estimate(loss.mean * w, loss.error * w)
        for w in (coefficient**2 / (2 * STEP.variance), coefficient / (2 * STEP.variance))
    )
    return Measurement(truth, right, printed, TOLERANCE * truth)


def without_x0(seed: int) -> Measurement:
    """The variance of x_200 given x_300, a coordinate, with x_0 unknown and with x_0 given."""
    jump = Posterior(200, LEVEL, DDPM.alpha_bar)
    before = noised(0.2, DRAWS, seed, DDPM)
    x = math.sqrt(jump.alpha) * before.x + math.sqrt(jump.beta) * normals((DRAWS, 2), seed, 1)
    mean = jump.of_x * x + jump.of_x0 * model(DDPM).predict(x, LEVEL / 1_000).x0
    truth = jump.variance + jump.of_x0**2 * posterior_trace(LEVEL / 1_000, DDPM) / 2
    return Measurement(truth, estimate(square(before.x - mean) / 2), exactly(jump.variance), TOLERANCE)


def bayes_exponent(seed: int) -> Measurement:
    """The variance of the reverse step, over beta, from the curvature of its exponent as written."""
    beta, d = STEP.beta, 1e-3
    x = 0.3  # the exponent is a parabola, its curvature the same everywhere

    def right(y: float) -> float:
        return -((x - math.sqrt(1 - beta) * y) ** 2) / (2 * beta) + (y - x) * -0.5

    def printed(y: float) -> float:
        return (x - math.sqrt(1 - beta) * y) ** 2 / (2 * beta**2) + (y - x) * -0.5

    values = [-(d**2) / (e(x + d) - 2 * e(x) + e(x - d)) / beta for e in (right, printed)]
    truth = (STEP.variance + STEP.of_x0**2 * posterior_trace(LEVEL / 1_000, DDPM) / 2) / beta
    return Measurement(truth, exactly(values[0]), exactly(values[1]), TOLERANCE)


def last_term(seed: int) -> Measurement:
    """L_0 of a model that sees no noise, less that of the exact one, on a chain of ten coarse steps."""
    schedule = DiscreteDDPM(10, 0.05, 0.5)
    beta = 0.05
    draws = noised(0.1, DRAWS, seed, schedule)
    exact = model(schedule).predict(draws.x, 0.1).eps
    guesses = [(draws.x - math.sqrt(beta) * eps) / math.sqrt(1 - beta) for eps in (torch.zeros_like(exact), exact)]
    none, best = (square(draws.x0 - guess) / (2 * beta) for guess in guesses)
    truth = 1 / (1 - beta) - posterior_trace(0.1, schedule) / (2 * beta)
    return Measurement(truth, estimate(none - best), exactly(0.0), TOLERANCE)


def telescoped(seed: int) -> Measurement:
    """The bound written along whole paths, less the bound as a sum of KL terms, on a chain of ten coarse steps."""
    schedule = DiscreteDDPM(10, 0.05, 0.5)
    betas, alpha_bar, network = schedule.betas(), schedule.alpha_bar, model(schedule)
    x0 = torch.from_numpy(RING.draw(DRAWS, seed))
    path = [x0]
    for n, beta in enumerate(betas.tolist()):
        path.append(math.sqrt(1 - beta) * path[-1] + math.sqrt(beta) * normals((DRAWS, 2), seed, 1 + n))
    end = float(alpha_bar[-1])
    along = -_log_normal(path[-1], torch.zeros_like(x0), 1.0)  # - log p(x_T), then log q / p of every step
    summed = square(math.sqrt(end) * x0) / 2 - end - math.log(1 - end)  # L_T, then the other terms
    for n in range(len(betas), 0, -1):
        x, beta = path[n], float(betas[n - 1])
        step, guess = Posterior(n - 1, n, alpha_bar) if n > 1 else None, network.predict(x, n / 10).x0
        mean = step.of_x * x + step.of_x0 * guess if step else guess
        variance = step.variance if step else beta
        back = _log_normal(path[n - 1], mean, variance)
        along = along + _log_normal(x, math.sqrt(1 - beta) * path[n - 1], beta) - back
        summed = summed + (step.of_x0**2 * square(x0 - guess) / (2 * variance) if step else -back)
    return Measurement(0.0, estimate(along - summed), None, TOLERANCE)


def _log_normal(x: Tensor, mean: Tensor, variance: float) -> Tensor:
    """log N(x; mean, variance I) in the plane, (B,)."""
    return -square(x - mean) / (2 * variance) - math.log(2 * np.pi * variance)


CLAIMS: tuple[Claim, ...] = (
    Claim("total-noise", "slope of the target on the exact prediction, n = 300", total_noise),
    Claim("reverse-gaussian", "spread of x₂₉₉ about the posterior mean, over β̃", reverse_gaussian),
    Claim("posterior-mean", "spread of x₂₉₉ about the mean in ε, over β̃", posterior_mean),
    Claim("posterior-variance", "β̃ of the fifth step, over β", posterior_variance),
    Claim("kl-of-gaussians", "KL of two Gaussians, in nats", kl_of_gaussians),
    Claim("weight-of-noise", "KL of step 300 of the exact model, in nats", weight_of_noise),
    Claim("without-x0", "variance of x₂₀₀ given x₃₀₀", without_x0),
    Claim("bayes-exponent", "variance of the reverse step at n = 300, over β", bayes_exponent),
    Claim("last-term", "L₀ of a model that sees no noise, less the exact one's, in nats", last_term),
    Claim("telescoped", "bound along paths less the sum of its terms, in nats", telescoped),
)
