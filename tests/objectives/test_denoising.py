"""Targets and weightings against the formulas of their papers."""

import pytest
import torch

from diffviz.objectives import OBJECTIVES, TARGETS, WEIGHTINGS, Denoising
from diffviz.objectives.weightings import SNRPlusOneWeighting, UniformWeighting
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.schedules.base import GaussianSchedule


def draw(n=64):
    generator = torch.Generator().manual_seed(0)
    x0, eps = (torch.randn(n, 2, generator=generator, dtype=torch.float64) for _ in range(2))
    return x0, eps, torch.linspace(0.05, 0.95, n, dtype=torch.float64)


@pytest.mark.parametrize("schedule", [kind() for kind in SCHEDULES.values()], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("slug", TARGETS)
def test_the_right_answer_reads_back_as_the_data_and_the_noise(slug: str, schedule: GaussianSchedule):
    x0, eps, t = draw()
    batch = Denoising(target=slug).make_batch(schedule, x0, t, eps)
    alpha, sigma = schedule.alpha(t)[:, None], schedule.sigma(t)[:, None]
    x = alpha * x0 + sigma * eps
    torch.testing.assert_close(batch.x, x / (alpha**2 + sigma**2).sqrt())
    read = TARGETS[slug].read(x, alpha, sigma, batch.target)
    torch.testing.assert_close(read.x0, x0, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(read.eps, eps, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("slug", TARGETS)
def test_share_is_the_ratio_of_the_x0_error_to_the_output_error(slug: str):
    schedule, (x0, eps, t) = Cosine(), draw()
    alpha, sigma = schedule.alpha(t)[:, None], schedule.sigma(t)[:, None]
    x = alpha * x0 + sigma * eps
    right = TARGETS[slug].value(x0, eps, alpha, sigma)
    moved = TARGETS[slug].read(x, alpha, sigma, right + 0.1)
    torch.testing.assert_close(
        (moved.x0 - x0) ** 2, TARGETS[slug].x0_error_ratio(alpha, sigma) * 0.1**2 * torch.ones_like(x)
    )


@pytest.mark.parametrize("weighting", [kind() for slug, kind in WEIGHTINGS.items() if slug != "plain"], ids=repr)
def test_a_weighting_gives_the_same_loss_whatever_the_target(weighting):
    """One wrong x0 costs the same, in whichever view the network answered it."""
    schedule, (x0, eps, t) = Cosine(), draw()
    alpha, sigma = schedule.alpha(t)[:, None], schedule.sigma(t)[:, None]
    x, wrong = alpha * x0 + sigma * eps, x0 + 0.1
    losses = []
    for slug, target in TARGETS.items():
        batch = Denoising(target=slug, weighting=weighting).make_batch(schedule, x0, t, eps)
        output = target.value(wrong, (x - alpha * wrong) / sigma, alpha, sigma)
        losses.append(batch.weight * ((output - batch.target) ** 2).mean(1))
    for loss in losses[1:]:
        torch.testing.assert_close(loss, losses[0])


def test_plain_velocity_error_is_snr_plus_one_on_a_vp_schedule():
    x0, eps, t = draw()
    plain, named = (
        Denoising(target="v", weighting=w).make_batch(Cosine(), x0, t, eps).weight
        for w in (UniformWeighting(), SNRPlusOneWeighting())
    )
    torch.testing.assert_close(plain, named)


def test_every_entry_says_what_it_is():
    for entry in [*TARGETS.values(), *WEIGHTINGS.values(), *OBJECTIVES.values()]:
        assert entry.title and entry.paper and entry.latex
