"""The gradient through an unrolled solver, against differences of the solver itself and a closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture
from diffviz.noise import WhiteNoise
from diffviz.samplers import DDPM, SAMPLERS, DPMSolverPP1, DPMSolverPP2M, ProbabilityFlowHeun, UniPC2, sample
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.scores.mixture import MixtureScore
from diffviz.timesteps import LearnedSteps, learnable, unrolled
from diffviz.timesteps.ld3 import LEARNABLE

MEANS = np.array([[-1.0, 0.2], [0.8, -0.4]])
TWO = GaussianMixture(np.array([0.4, 0.6]), MEANS, np.stack([0.3 * np.eye(2), 0.1 * np.eye(2)]))
SPREAD = 0.6
ONE = GaussianMixture(np.ones(1), np.zeros((1, 2)), SPREAD**2 * np.eye(2)[None])
STEPS = LearnedSteps((0.25, 0.45, 0.8), (0.3, -0.4, 0.2, 0.1))


def leaves(schedule: Cosine) -> tuple[Tensor, Tensor]:
    lam, told = STEPS.levels(schedule), STEPS.told(schedule)
    return torch.from_numpy(lam).requires_grad_(), torch.from_numpy(told).requires_grad_()


def starts(count: int = 6) -> Tensor:
    return WhiteNoise(3, (count, 2), torch.float64).initial()


@pytest.mark.parametrize("slug", LEARNABLE)
def test_the_unrolled_end_is_the_sampler_s_on_the_learned_grid_with_the_network_told_the_learned_levels(
    slug: str,
) -> None:
    schedule, x = Cosine(), starts()
    sampler, model = learnable(LEARNABLE[slug]()), MixtureScore(schedule, TWO)
    run = sample(sampler, STEPS.retimed(model), x, STEPS.grid.times(schedule, 4), WhiteNoise(0, (6, 2)))
    assert run.nfe == 4
    assert torch.allclose(unrolled(sampler, model, x, *leaves(schedule)), run.final, atol=1e-9)


@pytest.mark.parametrize("slug", LEARNABLE)
def test_the_gradient_is_that_of_finite_differences_of_the_sampler(slug: str) -> None:
    schedule, x = Cosine(), starts()
    sampler, model = learnable(LEARNABLE[slug]()), MixtureScore(schedule, TWO)
    lam, told = leaves(schedule)
    unrolled(sampler, model, x, lam, told).square().sum().backward()  # type: ignore[no-untyped-call]
    assert lam.grad is not None and told.grad is not None

    def value(shares: np.ndarray, levels: np.ndarray) -> float:
        ends = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
        at = LearnedSteps(tuple(shares), (0.0,) * 4).levels(schedule)
        steps = LearnedSteps(tuple(shares), tuple(levels - at[:-1]))
        assert np.allclose(at[[0, -1]], ends)
        grid = steps.grid.times(schedule, 4)
        return float(sample(sampler, steps.retimed(model), x, grid, WhiteNoise(0, (6, 2))).final.square().sum())

    way = float(np.diff(schedule.lam(np.array([schedule.t_max, schedule.t_min])))[0])
    shares, levels, h = np.array(STEPS.shares), STEPS.told(schedule), 1e-4
    for k in range(3):
        shift = h * np.eye(3)[k] / way
        slope = (value(shares + shift, levels) - value(shares - shift, levels)) / (2 * h)
        assert lam.grad[k + 1].item() == pytest.approx(slope, rel=2e-4, abs=1e-5)
    for k in range(4):
        shift = h * np.eye(4)[k]
        slope = (value(shares, levels + shift) - value(shares, levels - shift)) / (2 * h)
        assert told.grad[k].item() == pytest.approx(slope, rel=2e-4, abs=1e-5)


def test_for_one_gaussian_the_gradient_is_that_of_the_closed_form() -> None:
    """x_N = x_0 prod m_k: each step multiplies by a number, as the Gaussian's denoised point is a multiple of x."""
    lam, told = leaves(Cosine())
    unrolled(DPMSolverPP1(), MixtureScore(Cosine(), ONE), torch.ones(1, 2).double(), lam, told)[0, 0].backward()

    exact_lam, exact_told = (value.detach().clone().requires_grad_() for value in (lam, told))
    alpha, sigma = torch.sigmoid(2 * exact_lam).sqrt(), torch.sigmoid(-2 * exact_lam).sqrt()
    told_alpha2, told_sigma = torch.sigmoid(2 * exact_told), torch.sigmoid(-2 * exact_told).sqrt()
    eps = told_sigma / (told_alpha2 * SPREAD**2 + told_sigma**2)  # of x, for data of standard deviation SPREAD
    product = torch.ones((), dtype=torch.float64)
    for k, (s, t) in enumerate(pairwise(range(len(lam)))):
        x0 = (1 - sigma[s] * eps[k]) / alpha[s]
        product = product * (sigma[t] / sigma[s] + (alpha[t] - alpha[s] * sigma[t] / sigma[s]) * x0)
    product.backward()  # type: ignore[no-untyped-call]
    assert lam.grad is not None and told.grad is not None and exact_lam.grad is not None
    assert torch.allclose(lam.grad[1:-1], exact_lam.grad[1:-1], rtol=1e-6, atol=1e-9)
    assert torch.allclose(told.grad, exact_told.grad, rtol=1e-6, atol=1e-9)
    assert lam.grad[1:-1].abs().min() > 1e-5 and told.grad.abs().min() > 1e-5


@pytest.mark.parametrize("slug", SCHEDULES)
def test_a_gradient_reaches_grid_and_start_on_every_schedule(slug: str) -> None:
    schedule = SCHEDULES[slug]()
    lam, told = (torch.from_numpy(v).requires_grad_() for v in (STEPS.levels(schedule), STEPS.told(schedule)))
    x = (float(schedule.sigma(schedule.t_max)) * starts()).requires_grad_()
    unrolled(DPMSolverPP2M(), MixtureScore(schedule, TWO), x, lam, told).sum().backward()
    for value in (lam, told, x):
        assert value.grad is not None and value.grad.isfinite().all() and value.grad.abs().max() > 0


def test_computing_again_on_the_way_back_changes_neither_end_nor_gradient() -> None:
    model, gradients, ends = MixtureScore(Cosine(), TWO), [], []
    for recompute in (False, True):
        lam, told = leaves(Cosine())
        x = starts().requires_grad_()
        end = unrolled(DPMSolverPP2M(), model, x, lam, told, recompute=recompute)
        end.square().sum().backward()  # type: ignore[no-untyped-call]
        ends.append(end.detach())
        gradients.append([value.grad for value in (lam, told, x)])
    assert torch.equal(*ends)
    for once, again in zip(*gradients, strict=True):
        assert once is not None and again is not None and torch.allclose(once, again, rtol=1e-12)


@pytest.mark.parametrize("sampler", [ProbabilityFlowHeun(), UniPC2(), DDPM()])
def test_others_refuse_in_one_sentence(sampler: object) -> None:
    with pytest.raises(ConfigError, match=r"^[^.]*cannot learn its steps[^.]*\.$"):
        learnable(sampler)  # type: ignore[arg-type]


def test_every_sampler_that_is_linear_and_draws_no_noise_can_be_learned() -> None:
    assert {"ddim", "dpmpp-2m", "dpmpp-3m", "dpm-1", "flow-euler"} <= set(LEARNABLE)
    for slug, kind in SAMPLERS.items():
        if slug not in LEARNABLE:
            with pytest.raises(ConfigError):
                learnable(kind())
