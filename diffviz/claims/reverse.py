"""Claims about the way back: the reverse SDE, its discretisations, the probability flow and DDIM."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.claims.base import Claim, Measurement
from diffviz.claims.moments import marginal_size, sample_size
from diffviz.claims.problem import RING, VP, estimate, exactly, model, noised, normals
from diffviz.estimate import Estimate
from diffviz.grids import UniformTime
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, Schedule
from diffviz.samplers import (
    DDIM,
    DDPM,
    DPMSolver1,
    EulerMaruyama,
    ReverseDiffusion,
    Sampler,
    sample,
)
from diffviz.samplers.base import Node, nodes_at
from diffviz.samplers.langevin import langevin_step
from diffviz.schedules import DiscreteDDPM, GeometricVE
from diffviz.sde import flow_drift, reverse_drift

PARTICLES = 1500
Step = Callable[[Tensor, Tensor, Node, Node, Tensor], Tensor]  # (x, score, from, to, standard normal) -> x


def vp_reverse_sde(seed: int) -> Measurement:
    """The factor ½ belongs to x alone; Euler-Maruyama in 200 steps."""

    def printed(x: Tensor, score: Tensor, s: Node, t: Node, z: Tensor) -> Tensor:
        beta_step = s.g2 * (s.t - t.t)
        return x + beta_step / 2 * (x - score) + math.sqrt(beta_step) * z

    return _sampled(VP, UniformTime().times(VP, 200), EulerMaruyama(), printed, seed)


def vp_reverse_step(seed: int) -> Measurement:
    """One step of the reverse chain of DDPM's 1000 noise levels."""
    schedule = DiscreteDDPM()

    def printed(x: Tensor, score: Tensor, s: Node, t: Node, z: Tensor) -> Tensor:
        beta = 1 - (s.alpha / t.alpha) ** 2
        return (1 + beta / 2) * x + beta / 2 * score + math.sqrt(beta) * z

    return _sampled(schedule, UniformTime().times(schedule, schedule.steps - 1), EulerMaruyama(), printed, seed)


def ve_reverse_step(seed: int) -> Measurement:
    """The increment of sigma², not its rate."""
    schedule = GeometricVE()

    def printed(x: Tensor, score: Tensor, s: Node, t: Node, z: Tensor) -> Tensor:
        return x + s.g2 * score + math.sqrt(s.g2) * z

    return _sampled(schedule, UniformTime().times(schedule, 300), ReverseDiffusion(), printed, seed)


def _sampled(schedule: Schedule, times: Array, sampler: Sampler, printed: Step, seed: int) -> Measurement:
    """Root mean square coordinate of the samples at the last time: a sampler's, and a printed step's, from q_T."""
    score_model, noise = model(schedule), WhiteNoise(seed, (PARTICLES, 2), torch.float64)
    x = start = noised(float(times[0]), PARTICLES, seed, schedule).x
    nodes = nodes_at(schedule, times)
    for s, t in zip(nodes[:-1], nodes[1:], strict=True):
        raise_if_cancelled()
        x = printed(x, score_model.predict(x, s.t).score, s, t, noise.between(s.lam, t.lam))
    right = sample(sampler, score_model, start, times, noise).final
    return Measurement(marginal_size(nodes[-1].t, schedule), sample_size(right), sample_size(x), tolerance=0.02)


def langevin_temperature(seed: int) -> Measurement:
    """A reverse step taken again and again at one level is no Langevin move, whose noise is sqrt(2) larger."""
    t, step, moves, count = float(VP.time_of(1.0)), 0.05, 150, 6000
    (node,) = nodes_at(VP, np.array([t]))
    score_model = model()
    langevin = reverse = noised(t, count, seed).x
    delta = step * node.sigma**2
    for k in range(moves):
        raise_if_cancelled()
        z = normals((count, 2), seed, 1 + k)
        langevin = langevin_step(langevin, node, score_model.predict(langevin, t), step, z)
        reverse = reverse + delta * score_model.predict(reverse, t).score + math.sqrt(delta) * z

    def temperature(x: Tensor) -> Estimate:
        """-E x · score / d, which is 1 for the law of the score and ½ for its square (integration by parts)."""
        return estimate(-(x * score_model.predict(x, t).score).mean(1))

    return Measurement(1.0, temperature(langevin), temperature(reverse), tolerance=0.05)


def mean_way_back(seed: int) -> Measurement:
    """Anderson: the mean backward velocity of the process itself, E[x_s - x_t | x_s] / (s - t), is f x - g² s.

    The conditional mean over a short time is known, as it is linear in x and E[x_0 | x].
    """
    s = 0.4
    x = noised(s, PARTICLES, seed).x
    prediction = model().predict(x, s)
    start, end = nodes_at(VP, np.array([s, s - 1e-5]))
    (move,) = DDPM().moves([start, end])
    velocity = (x - (move.state * x + move.prediction * prediction.x0)) / (start.t - end.t)
    drift = reverse_drift(VP, x, s, prediction.score)
    return Measurement(0.0, exactly((velocity - drift).norm() / drift.norm()), None, tolerance=1e-3)


def free_noise(seed: int) -> Measurement:
    """Every noise level tau g keeps the marginals, by the Fokker-Planck equation at points drawn from q_t."""
    x = noised(0.3, 256, seed).x.requires_grad_()
    t = torch.full((256,), 0.3, dtype=torch.float64, requires_grad=True)
    log_q = RING.at(VP.alpha(t), VP.sigma(t)).log_density(x)
    score, rate = torch.autograd.grad(log_q.sum(), (x, t), create_graph=True)
    laplacian = _divergence(score, x)
    worst = 0.0
    for tau in (0.0, 0.5, 1.0, 2.0):
        drift = (1 - tau**2) * flow_drift(VP, x, t, score) + tau**2 * reverse_drift(VP, x, t, score)
        noise = tau**2 * VP.g2(t)
        # Backwards, dq/dt = -div(drift q) - ½ noise laplace(q); both sides divided by q.
        right_side = -_divergence(drift, x) - (drift * score).sum(1) - noise / 2 * (laplacian + score.square().sum(1))
        worst = max(worst, float((rate - right_side).detach().square().mean().sqrt()))
    return Measurement(0.0, exactly(worst), None, tolerance=1e-9)


def same_marginals(seed: int) -> Measurement:
    """From the same x_T the SDE and the ODE end as far apart as two independent draws of the data."""
    times = UniformTime().times(VP, 100)
    x = noised(VP.t_max, PARTICLES, seed).x
    noise = WhiteNoise(seed, (PARTICLES, 2), torch.float64)
    by_sde, by_ode = (sample(sampler, model(), x, times, noise).final for sampler in (DDPM(), DDIM()))
    end = float(times[-1])
    mean = VP.alpha(end) * RING.weights @ RING.means
    independent = math.sqrt(2 * marginal_size(end) ** 2 - float(mean @ mean))
    return Measurement(independent, sample_size(by_sde - by_ode), exactly(0.0), tolerance=0.05)


def ddim_eta(seed: int) -> Measurement:
    """The variance of DDIM's fresh noise at eta = ½, in units of beta-tilde; truth by the paper's formula."""
    eta = 0.5
    s, t = nodes_at(VP, np.array([0.6, 0.5]))
    bar_s, bar_t = s.alpha**2, t.alpha**2
    paper = eta * math.sqrt((1 - bar_t) / (1 - bar_s)) * math.sqrt(1 - bar_s / bar_t)
    beta_tilde = (1 - bar_t) / (1 - bar_s) * (1 - bar_s / bar_t)
    printed = eta * beta_tilde
    (move,) = DDIM(eta).moves([s, t])
    return Measurement(
        paper**2 / beta_tilde, exactly(move.noise**2 / beta_tilde), exactly(printed / beta_tilde), tolerance=1e-9
    )


def ddim_noise_off_vp(seed: int) -> Measurement:
    """The standard deviation of DDIM's noise at eta = 1 where alpha is 1."""
    schedule = GeometricVE()
    s, t = nodes_at(schedule, schedule.time_of(-np.log(np.array([0.6, 0.35]))))
    x_t = t.sigma * normals((50_000,), seed)
    x_s = x_t + math.sqrt(s.sigma**2 - t.sigma**2) * normals((50_000,), seed, 1)
    rest = x_t - (x_t @ x_s) / (x_s @ x_s) * x_s  # what x_s leaves open of x_t, for data at one point
    (move,) = DDIM(1.0).moves([s, t])
    alpha_bar_s, alpha_bar_t = s.alpha**2, t.alpha**2
    sigma_s2, sigma_t2 = s.sigma**2, t.sigma**2
    printed = math.sqrt(sigma_t2 / sigma_s2 * (1 - alpha_bar_s / alpha_bar_t))
    return Measurement(float(rest.std()), exactly(move.noise), exactly(printed), tolerance=0.005)


def ddim_is_dpm_solver_1(seed: int) -> Measurement:
    """The step of DPM-Solver-1 less the note's DDIM step, with sigma = sqrt(1 - alpha_bar) and as printed."""
    times = np.array([0.6, 0.5])
    x = noised(0.6, 256, seed).x
    s, t = nodes_at(VP, times)
    eps = model().predict(x, s.t).eps
    bar_s, bar_t = s.alpha**2, t.alpha**2
    ddim = math.sqrt(bar_t) * (x - math.sqrt(1 - bar_s) * eps) / math.sqrt(bar_s) + math.sqrt(1 - bar_t) * eps
    printed = t.alpha / s.alpha * x - t.alpha * ((1 - bar_s) / s.alpha - (1 - bar_t) / t.alpha) * eps
    right = sample(DPMSolver1(), model(), x, times, WhiteNoise(0, (256, 2), x.dtype)).final
    return Measurement(
        0.0,
        exactly(sample_size(right - ddim).mean),
        exactly(sample_size(printed - ddim).mean),
        tolerance=1e-9,
    )


def _divergence(field: Tensor, x: Tensor) -> Tensor:
    """Of a field (B, 2) at x (B, 2): (B,)."""
    columns = [torch.autograd.grad(field[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(2)]
    return columns[0] + columns[1]


CLAIMS: tuple[Claim, ...] = (
    Claim("reverse-drift", "mean backward velocity against f x − g² s: relative difference", mean_way_back),
    Claim("vp-reverse-sde", "root mean square coordinate of the samples", vp_reverse_sde),
    Claim("vp-reverse-step", "root mean square coordinate after 999 reverse steps", vp_reverse_step),
    Claim("ve-reverse-step", "root mean square coordinate of the samples", ve_reverse_step),
    Claim("langevin-temperature", "temperature of the law after 150 moves at one noise level", langevin_temperature),
    Claim("free-noise", "∂ₜ log q less the Fokker–Planck equation at four noise levels, per unit time", free_noise),
    Claim("same-marginals", "root mean square coordinate between the ends of SDE and ODE", same_marginals),
    Claim("ddim-eta", "variance of the fresh noise at η = ½, in units of β̃", ddim_eta),
    Claim("ddim-noise-off-vp", "standard deviation of the fresh noise at η = 1 on a VE schedule", ddim_noise_off_vp),
    Claim("ddim-is-dpm-solver-1", "difference between a step of DPM-Solver-1 and one of DDIM", ddim_is_dpm_solver_1),
)
