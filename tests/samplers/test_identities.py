"""Samplers that are the same on paper are the same in numbers; samplers that should keep a law keep it."""

import math
from collections import deque

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data.mixture import GaussianMixture
from diffviz.grids import GRIDS, UniformLogSNR, UniformTime
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.prediction import Prediction
from diffviz.samplers import DDIM, DDPM, SAMPLERS, DPMSolverPP2M, EulerMaruyama, prior, sample
from diffviz.schedules import SCHEDULES, DiscreteDDPM, LinearVP
from diffviz.scores.mixture import MixtureScore


def gaussian(mean: float, variance: float) -> GaussianMixture:
    return GaussianMixture(np.ones(1), np.full((1, 2), mean), variance * np.eye(2)[None])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_ddpm_with_beta_tilde_is_ddim_with_eta_one(schedule, reference):
    model = MixtureScore(SCHEDULES[schedule](), reference.model.mixture)
    noise = WhiteNoise(3, (64, 2), torch.float64)
    start = prior(model.schedule, noise)
    grid = UniformLogSNR().times(model.schedule, 30)
    ddpm, ddim = (sample(s, model, start, grid, noise).x for s in (DDPM("small"), DDIM(1.0)))
    assert float((ddpm - ddim).abs().max()) < 1e-10 * float(start.abs().max())


def test_ddpm_on_the_discrete_nodes_is_algorithm_2():
    """mu = (x - beta eps / sqrt(1 - alpha_bar)) / sqrt(alpha), variance beta (Ho et al. 2020)."""
    schedule = DiscreteDDPM()
    model = MixtureScore(schedule, gaussian(0.5, 0.3))
    noise = WhiteNoise(1, (16, 2), torch.float64)
    grid = np.arange(1000, 900, -1) / 1000
    run = sample(DDPM("large"), model, prior(schedule, noise), grid, noise)
    betas, alpha_bar = schedule.betas(), schedule.alpha_bar
    x = run.x[0]
    for n, (t, after) in zip(range(1000, 901, -1), zip(grid[:-1], grid[1:], strict=True), strict=True):
        eps = model.predict(x, float(t)).eps
        mean = (x - betas[n - 1] / math.sqrt(1 - alpha_bar[n - 1]) * eps) / math.sqrt(1 - betas[n - 1])
        z = noise.between(*schedule.lam(np.array([t, after])).tolist())
        x = mean + math.sqrt(betas[n - 1]) * z
    torch.testing.assert_close(run.final, x, rtol=0, atol=1e-9)


def test_first_step_of_2m_is_ddim(reference):
    grid = UniformLogSNR().times(reference.model.schedule, 1)
    noise = WhiteNoise(0, (8, 2), torch.float64)
    one, other = (sample(s, reference.model, reference.start[:8], grid, noise).final for s in (DPMSolverPP2M(), DDIM()))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("slug", [slug for slug, cls in SAMPLERS.items() if cls().stochastic])
def test_stochastic_samplers_reach_the_law_of_a_gaussian(slug):
    """The state stays Gaussian: mean and variance over 16,000 draws, within sampling error and what 600 steps leave."""
    schedule = LinearVP()
    model = MixtureScore(schedule, gaussian(1.0, 0.5))
    noise = WhiteNoise(7, (8000, 2), torch.float64)
    grid = UniformLogSNR().times(schedule, 600)
    final = deque(SAMPLERS[slug]().visit(model, prior(schedule, noise), grid, noise), maxlen=1)[0].x
    want = schedule.alpha(1e-3) ** 2 * 0.5 + schedule.sigma(1e-3) ** 2
    assert float(final.mean()) == pytest.approx(1.0, abs=0.03)
    assert float(final.var()) == pytest.approx(want, rel=0.06)


def test_euler_maruyama_has_weak_order_one():
    """On a Gaussian the variance follows a scalar recursion without noise, so its error is measured exactly."""
    schedule = LinearVP()
    model = MixtureScore(schedule, gaussian(0.0, 0.5))

    def variance(steps: int) -> float:
        grid = UniformTime().times(schedule, steps)
        x = torch.full((1, 2), 1.0, dtype=torch.float64)
        still, value = Still(), schedule.sigma(1.0) ** 2
        for s, t in zip(grid[:-1], grid[1:], strict=True):
            shrunk = sample(EulerMaruyama(), model, x, np.array([s, t]), still).final[0, 0].item()
            value = shrunk**2 * value + schedule.g2(float(s)) * (s - t)
        return value

    want = schedule.alpha(1e-3) ** 2 * 0.5 + schedule.sigma(1e-3) ** 2
    errors = [abs(variance(n) - want) for n in (1000, 2000)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(1, abs=0.1)


class Still:
    """No noise at all."""

    def initial(self) -> torch.Tensor:
        return torch.zeros(1, 2, dtype=torch.float64)

    def between(self, lam_from: float, lam_to: float) -> torch.Tensor:
        return torch.zeros(1, 2, dtype=torch.float64)


def test_runs_that_share_a_path_converge_to_each_other(reference):
    schedule = reference.model.schedule
    low, high = schedule.lam(1.0), schedule.lam(1e-3)

    def final(steps: int, seed: int) -> torch.Tensor:
        path = BrownianPath(seed, (200, 2), low, high, dtype=torch.float64)
        grid = UniformLogSNR().times(schedule, steps)
        return sample(DDPM("small"), reference.model, prior(schedule, path), grid, path).final

    fine = final(1024, 0)
    gaps = [float((final(n, 0) - fine).norm(dim=1).median()) for n in (32, 128, 512)]
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2]
    assert gaps[2] < 0.1 * float((final(1024, 1) - fine).norm(dim=1).median())


@pytest.mark.parametrize("slug", SAMPLERS)
def test_particles_do_not_depend_on_their_number(slug, reference):
    schedule = reference.model.schedule
    grid = UniformLogSNR().times(schedule, 12)
    few, many = (
        sample(SAMPLERS[slug](), reference.model, prior(schedule, noise), grid, noise).x
        for noise in (WhiteNoise(5, (n, 2), torch.float64) for n in (10, 300))
    )
    torch.testing.assert_close(few, many[:, :10], rtol=0, atol=1e-12)


class Quiet:
    """A model for any shape: it denoises to half of x."""

    def __init__(self, schedule) -> None:
        self.schedule = schedule

    def predict(self, x, t) -> Prediction:
        return Prediction.of_x0(x, self.schedule.alpha(t), self.schedule.sigma(t), x / 2)


@pytest.mark.parametrize("shape", [(3, 2), (2, 1, 28, 28)], ids=["plane", "image"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("slug", SAMPLERS)
def test_every_sampler_runs_on_every_schedule_and_shape(slug, schedule, shape):
    model, sampler = Quiet(SCHEDULES[schedule]()), SAMPLERS[slug]()
    noise = WhiteNoise(0, shape, torch.float64)
    for grid in GRIDS.values():
        run = sample(sampler, model, prior(model.schedule, noise), grid().times(model.schedule, 8), noise)
        assert run.x.shape == (9, *shape)
        assert run.nfe == 8 * sampler.cost
        assert run.x.isfinite().all()


def test_a_grid_that_does_not_fall_is_refused(reference):
    with pytest.raises(ConfigError, match="fall"):
        sample(DDIM(), reference.model, reference.start, np.array([0.1, 0.5]), WhiteNoise(0, (506, 2)))
