"""Inverse problems: what is known is a projection, is kept, and the rest follows the posterior."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import GaussianMixture
from diffviz.experiments.digits.inverse import PROBLEMS
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.samplers import DDPM, ConditionedSampler, EulerMaruyama, prior, sample
from diffviz.samplers.inverse import Blocks, Mask
from diffviz.schedules import LinearVP
from diffviz.scores.measurement import MeasurementGuided
from diffviz.scores.mixture import MixtureScore

SCHEDULE = LinearVP()


class Flat:
    """A mixture on 1×1×2 images."""

    def __init__(self, mixture: GaussianMixture) -> None:
        self.schedule, self.model = SCHEDULE, MixtureScore(SCHEDULE, mixture)

    def predict(self, x, t):
        flat = self.model.predict(x.reshape(len(x), 2), t)
        return Prediction.of_x0(x, flat.alpha, flat.sigma, flat.x0.reshape(x.shape))


@pytest.mark.parametrize("slug", PROBLEMS)
def test_what_is_known_is_an_orthogonal_projection(slug: str):
    known = PROBLEMS[slug][1]
    a, b = (torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(k), dtype=torch.float64) for k in (0, 1))
    torch.testing.assert_close(known(known(a)), known(a))
    assert float((known(a) * b).sum()) == pytest.approx(float((a * known(b)).sum()), abs=1e-9)
    assert 0 < float(known(a).norm()) < float(a.norm())


@pytest.mark.parametrize("moves", [0, 2])
@pytest.mark.parametrize("solver", [DDPM(), EulerMaruyama()], ids=repr)
def test_what_is_known_is_kept_and_calls_are_as_promised(solver, moves: int):
    normal = GaussianMixture(np.ones(1), np.zeros((1, 2)), np.array([[[1.0, 0.6], [0.6, 1.0]]]))
    noise, mask = WhiteNoise(0, (300, 1, 1, 2), torch.float64), Mask(torch.tensor([[1.0, 0.0]]).double())
    grid, measured = UniformLogSNR().times(SCHEDULE, 20), torch.tensor([[[[0.7, 0.0]]]]).double()
    sampler = ConditionedSampler(mask, measured, solver, moves)
    run = sample(sampler, Flat(normal), prior(SCHEDULE, noise), grid, noise)
    assert len(run.t) == 21 and run.nfe == 20 * (1 + moves)
    end = float(SCHEDULE.sigma(grid[-1]))
    assert float((run.final[..., 0] - 0.7).abs().max()) < 6 * end


def test_the_rest_follows_the_posterior_as_the_corrector_has_time():
    """Of two correlated normals one is known; the mean of the other comes to 0.8 and its spread to 0.6."""
    normal = GaussianMixture(np.ones(1), np.zeros((1, 2)), np.array([[[1.0, 0.8], [0.8, 1.0]]]))
    noise, mask = WhiteNoise(0, (3_000, 1, 1, 2), torch.float64), Mask(torch.tensor([[1.0, 0.0]]).double())
    grid, measured = UniformLogSNR().times(SCHEDULE, 60), torch.tensor([[[[1.0, 0.0]]]]).double()
    apart = []
    for moves in (0, 3, 20):
        sampler = ConditionedSampler(mask, measured, DDPM(), moves, ratio=0.4)
        free = sample(sampler, Flat(normal), prior(SCHEDULE, noise), grid, noise).final[:, 0, 0, 1].numpy()
        apart.append(abs(free.mean() - 0.8) + abs(free.std() - 0.6))
    assert apart[0] > 2 * apart[1] and apart[1] > 2 * apart[2] and apart[2] < 0.04


def test_the_gradient_is_the_conditional_score_of_independent_normals():
    """Where pixels are independent with the spread it is told, the guided score is -(x - alpha y) / sigma²."""
    spread, y = 0.6, 0.7
    normal = GaussianMixture(np.ones(1), np.zeros((1, 2)), spread**2 * np.eye(2)[None])
    mask, measured = Mask(torch.tensor([[1.0, 0.0]]).double()), torch.tensor([[[[y, 0.0]]]]).double()
    x = torch.linspace(-2, 2, 10).double().reshape(5, 1, 1, 2)
    for t in (0.1, 0.5, 0.9):
        guided = MeasurementGuided(Flat(normal), mask, measured, spread).predict(x, t).score
        alpha, sigma = float(SCHEDULE.alpha(t)), float(SCHEDULE.sigma(t))
        torch.testing.assert_close(guided[..., 0], -(x[..., 0] - alpha * y) / sigma**2, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(guided[..., 1], Flat(normal).predict(x, t).score[..., 1])


def test_the_gradient_comes_nearer_to_the_posterior_than_putting_in():
    """Of two correlated normals one is known: the other has the mean 0.8 and the spread 0.6."""
    normal = GaussianMixture(np.ones(1), np.zeros((1, 2)), np.array([[[1.0, 0.8], [0.8, 1.0]]]))
    noise, mask = WhiteNoise(0, (3_000, 1, 1, 2), torch.float64), Mask(torch.tensor([[1.0, 0.0]]).double())
    grid, measured = UniformLogSNR().times(SCHEDULE, 60), torch.tensor([[[[1.0, 0.0]]]]).double()
    gradient = MeasurementGuided(Flat(normal), mask, measured, 1.0)
    put_in = ConditionedSampler(mask, measured, DDPM(), 0)
    apart = []
    for sampler, model in ((DDPM(), gradient), (put_in, Flat(normal))):
        run = sample(sampler, model, prior(SCHEDULE, noise), grid, noise)
        known, free = run.final[:, 0, 0].T.numpy()
        assert run.nfe == 60 and abs(known - 1.0).max() < 0.15
        apart.append(abs(free.mean() - 0.8) + abs(free.std() - 0.6))
    assert 2 * apart[0] < apart[1], apart


def test_blocks_are_means():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    means = Blocks(2)(x)
    assert means[0, 0, 0].tolist() == [2.5, 2.5, 4.5, 4.5] and means[0, 0, 3].tolist() == [10.5, 10.5, 12.5, 12.5]
