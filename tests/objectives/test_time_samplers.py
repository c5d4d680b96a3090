"""Where times fall: quantiles against closed forms, and shares counted."""

import pytest
import torch

from diffviz.objectives import TIME_SAMPLERS, Denoising
from diffviz.objectives.time_samplers import LogitNormalTimes, UniformTimes
from diffviz.schedules import Cosine, time_at
from diffviz.training.loop import BINS, TrainingConfig, training_steps

U = torch.linspace(0, 1, 10_001, dtype=torch.float64)


@pytest.mark.parametrize(
    "density", [kind() for kind in TIME_SAMPLERS.values()] + [LogitNormalTimes(0.8, 0.3, 0.4)], ids=repr
)
def test_quantiles_rise_from_data_to_noise(density):
    shares = density.quantile(U)
    assert shares[0] == 0 and shares[-1] == 1 and (shares.diff() >= 0).all()


def test_even_times_are_the_draws_themselves():
    assert torch.equal(UniformTimes().quantile(U), U)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (0.8, 0.6), (-1.0, 0.4)])
def test_the_logit_is_normal(mean, spread):
    z = torch.linspace(-2, 2, 41, dtype=torch.float64)
    found = LogitNormalTimes(mean, spread).quantile(torch.special.ndtr(z))
    torch.testing.assert_close(torch.logit(found), mean + spread * z, rtol=0, atol=2e-3)


def test_a_plain_of_even_times_lies_below_the_hill():
    hill, mixed = LogitNormalTimes(0.8, 0.6), LogitNormalTimes(0.8, 0.6, even=0.25)
    for edge in (0.1, 0.5, 0.7, 0.9):
        alone = (hill.quantile(U) < edge).double().mean()
        torch.testing.assert_close(
            (mixed.quantile(U) < edge).double().mean(), 0.25 * edge + 0.75 * alone, rtol=0, atol=2e-3
        )
    torch.testing.assert_close(LogitNormalTimes(0.8, 0.6, even=1.0).quantile(U), U)


def test_training_reports_its_error_at_the_times_it_draws():
    density = LogitNormalTimes(0.8, 0.6, even=0.25)
    settings = TrainingConfig(batch=64, steps=1, objective=Denoising(times=density))
    points = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    (progress,) = training_steps(settings, points, 0)
    middles = density.quantile((torch.arange(BINS, dtype=torch.float64) + 0.5) / BINS)
    expected = Cosine().lam(time_at(Cosine(), middles.numpy()))
    assert progress.lam == pytest.approx(expected) and (progress.lam_loss > 0).all()
