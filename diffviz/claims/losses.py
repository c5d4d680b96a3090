"""Claims about the score and the losses that learn it, on the exact score of the ring."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.problem import (
    RING,
    TOLERANCE,
    VP,
    Draws,
    estimate,
    exactly,
    expectation,
    model,
    noised,
    posterior_trace,
    square,
)
from diffviz.data.mixture import Marginal
from diffviz.estimate import Estimate

DRAWS = 20_000
TIME = 0.3  # where half of the noise is on the way
ALPHA, SIGMA = float(VP.alpha(TIME)), float(VP.sigma(TIME))


def _draws(seed: int) -> tuple[Draws, Tensor]:
    """Draws at `TIME`, and the exact score at each."""
    draws = noised(TIME, DRAWS, seed)
    return draws, model().predict(draws.x, TIME).score


def _marginal() -> Marginal:
    return RING.at(ALPHA, SIGMA)


def _least_noise_loss() -> float:
    """E tr Cov[eps | x_t]: what is left of the loss on noise when the model is exact."""
    return (ALPHA / SIGMA) ** 2 * posterior_trace(TIME)


def _slope(y: Tensor, on: Tensor) -> Estimate:
    """Of the regression of vectors y (B, D) on others through the origin."""
    power = square(on).mean()
    slope = (y * on).sum(-1).mean() / power
    return Estimate(float(slope), estimate(((y - slope * on) * on).sum(-1) / power).error)


def score_and_noise(seed: int) -> Measurement:
    """Noise over sigma, with and without the half, regressed on the exact score."""
    draws, score = _draws(seed)
    right = _slope(-draws.eps / SIGMA, score)
    printed = _slope(-draws.eps / (2 * SIGMA), score)
    return Measurement(1.0, right, printed, TOLERANCE)


def hyvarinen(seed: int) -> Measurement:
    """The implicit loss of half the exact score, with and without the power of the score itself."""
    k = 0.5
    draws, score = _draws(seed)
    trace = _marginal().posterior_cov(draws.x).diagonal(dim1=1, dim2=2).sum(-1)
    divergence = k * ((ALPHA / SIGMA**2) ** 2 * trace - 2 / SIGMA**2)  # of the score, from Cov[x_0 | x]
    printed = 2 * (divergence + square(k * score) / 2)
    truth = (1 - k) ** 2 * expectation(lambda x: square(_marginal().score(x)), TIME)
    return Measurement(truth, estimate(printed + square(score)), estimate(printed), TOLERANCE)


def conditional_score(seed: int) -> Measurement:
    """The power of the marginal score and of the conditional one, in units of d / sigma²."""
    draws, score = _draws(seed)
    truth = SIGMA**2 * expectation(lambda x: square(_marginal().score(x)), TIME) / 2
    right, printed = (estimate(SIGMA**2 * square(s) / 2) for s in (score, -draws.eps / SIGMA))
    return Measurement(truth, right, printed, TOLERANCE)


def loss_on_noise(seed: int) -> Measurement:
    """sigma² times the loss of the exact score, with eps + sigma s and with eps - s."""
    draws, score = _draws(seed)
    right = estimate(square(draws.eps + SIGMA * score))
    return Measurement(_least_noise_loss(), right, estimate(square(draws.eps - score)), TOLERANCE)


def loss_on_data(seed: int) -> Measurement:
    """The score loss of a model that denoises to 0.9 times the mean, from its loss on x_0."""
    draws, _ = _draws(seed)

    def denoised_loss(x: Tensor) -> Tensor:
        return square(0.1 * _marginal().posterior_mean(x))

    def score_loss(x: Tensor) -> Tensor:
        score = (0.9 * ALPHA * _marginal().posterior_mean(x) - x) / SIGMA**2
        return square(score - _marginal().score(x))

    loss = estimate(denoised_loss(draws.x))
    right, printed = (Estimate(loss.mean * w, loss.error * w) for w in (ALPHA**2 / SIGMA**4, ALPHA**2 / SIGMA**2))
    return Measurement(expectation(score_loss, TIME), right, printed, 1e-3)


def change_of_weight(seed: int) -> Measurement:
    """The loss on noise of the exact score, from its loss on the score, with and without sigma²."""
    draws, score = _draws(seed)
    loss = square(score + draws.eps / SIGMA)
    return Measurement(_least_noise_loss(), estimate(SIGMA**2 * loss), estimate(loss), TOLERANCE)


def dsm_constant(seed: int) -> Measurement:
    """DSM less SM for a model that is zero everywhere, less the same for one that is half the score."""
    draws, score = _draws(seed)
    differences = [square(s + draws.eps / SIGMA) - square(s - score) for s in (torch.zeros_like(score), score / 2)]
    return Measurement(0.0, estimate(differences[0] - differences[1]), None, TOLERANCE)


def tweedie(seed: int) -> Measurement:
    """How far a guess lies from alpha x_0: with the covariance, and with the sum of the score's coordinates."""
    draws, score = _draws(seed)
    guesses = draws.x + SIGMA**2 * score, draws.x + score.sum(-1, keepdim=True)
    right, printed = (estimate(square(ALPHA * draws.x0 - guess)) for guess in guesses)
    return Measurement(ALPHA**2 * posterior_trace(TIME), right, printed, TOLERANCE)


def bound_on_kl(seed: int) -> Measurement:
    """By how much KL(p_0 | p_theta) exceeds the bound, for the reverse SDE and for the flow of 1.1 times the score.

    Of a Gaussian target both laws stay Gaussian, and their variance obeys a linear ODE.
    """
    v, k, steps = 0.25, 1.1, 20_000
    t = (torch.arange(steps, dtype=torch.float64) + 0.5) / steps
    beta, variance = VP.beta(t), VP.alpha(t) ** 2 * v + VP.sigma(t) ** 2
    dt = 1 / steps
    error = (beta * (k - 1) ** 2 * 2 / variance).sum() * dt / 2
    sde = flow = 1.0
    for b, c in zip(reversed(beta.tolist()), reversed(variance.tolist()), strict=True):
        sde = _relaxed(sde, 2 * b * (k / c - 0.5) * dt, b * dt)
        flow *= math.exp(b * (1 - k / c) * dt)
    bound = float(error) + _gaussian_kl(float(VP.alpha(1.0)) ** 2 * v + float(VP.sigma(1.0)) ** 2, 1.0)
    excess = [max(0.0, _gaussian_kl(v, s) - bound) for s in (sde, flow)]
    return Measurement(0.0, exactly(excess[0]), exactly(excess[1]), 1e-3)


def _relaxed(variance: float, decay: float, gain: float) -> float:
    """A variance after a short step of dS = -decay S + gain."""
    keep = math.exp(-decay)
    return variance * keep + gain * ((1 - keep) / decay if abs(decay) > 1e-12 else 1.0)


def _gaussian_kl(p: float, q: float) -> float:
    """KL(N(0, p I) | N(0, q I)) in the plane, in nats."""
    return p / q - 1 - math.log(p / q)


CLAIMS: tuple[Claim, ...] = (
    Claim("score-and-noise", "slope of the noise term on the exact score", score_and_noise),
    Claim("hyvarinen", "explicit loss of half the score at t = 0.3", hyvarinen),
    Claim("conditional-score", "σ²E‖score‖²/d at t = 0.3", conditional_score),
    Claim("loss-on-noise", "σ² times the least loss at t = 0.3", loss_on_noise),
    Claim("loss-on-data", "score loss of a model that denoises to 0.9 x̂₀", loss_on_data),
    Claim("change-of-weight", "least loss on the noise at t = 0.3", change_of_weight),
    Claim("dsm-constant", "DSM − SM of one model, less that of another", dsm_constant),
    Claim("tweedie", "squared error of the guess at αx₀, t = 0.3", tweedie),
    Claim("bound-on-kl", "KL above the bound, in nats", bound_on_kl),
)
