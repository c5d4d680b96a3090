"""Samplers that are the same on paper are the same in numbers; samplers that should keep a law keep it."""

import math
import re

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data.mixture import GaussianMixture
from diffviz.grids import GRIDS, UniformLogSNR
from diffviz.metrics import floor, sliced_w2
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.prediction import Prediction
from diffviz.samplers import (
    DDIM,
    DDPM,
    EDM,
    SAMPLERS,
    DPMSolver1,
    DPMSolverPP1,
    DPMSolverPP2M,
    SDEDPMSolverPP1,
    SDEFamily,
    UniPC2,
    prior,
    sample,
)
from diffviz.samplers.base import grid_nodes
from diffviz.schedules import SCHEDULES, DiscreteDDPM, LinearVP
from diffviz.scores.mixture import MixtureScore
from diffviz.trajectory import Trajectory


def gaussian(mean: float, variance: float) -> GaussianMixture:
    return GaussianMixture(np.ones(1), np.full((1, 2), mean), variance * np.eye(2)[None])


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


EQUAL = {
    "DDIM is DPM-Solver-1": (DDIM(), DPMSolver1()),
    "DDIM is DPM-Solver++(1)": (DDIM(), DPMSolverPP1()),
    "DDIM is the family at tau = 0": (DDIM(), SDEFamily(0.0)),
    "DDPM is DDIM with eta = 1": (DDPM("small"), DDIM(1.0)),
    "DDPM is SDE-DPM-Solver++(1)": (DDPM("small"), SDEDPMSolverPP1()),
    "DDPM is the family at tau = 1": (DDPM("small"), SDEFamily(1.0)),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("pair", EQUAL)
def test_samplers_that_are_one_on_paper_are_one_in_numbers(pair, schedule, reference):
    """Whole trajectories, same noise, on every schedule, to 1e-10 of the largest start."""
    model = MixtureScore(SCHEDULES[schedule](), reference.model.mixture)
    noise = WhiteNoise(3, (64, 2), torch.float64)
    start = prior(model.schedule, noise)
    for grid in GRIDS.values():
        times = grid().times(model.schedule, 30)
        one, other = (sample(s, model, start, times, noise).x for s in EQUAL[pair])
        assert float((one - other).abs().max()) < 1e-10 * float(start.abs().max())


@pytest.mark.slow
@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0, 1.5])
def test_the_family_has_the_same_marginals_at_every_time(tau, reference):
    """Started from q_T itself, at a step count where doubling changes nothing, against fresh draws of q_t."""
    schedule, mixture, count = reference.model.schedule, reference.model.mixture, 3_000

    def marginal(t: float, seed: int) -> torch.Tensor:
        return torch.from_numpy(mixture.diffused(float(schedule.alpha(t)), float(schedule.sigma(t))).draw(count, seed))

    def run(steps: int) -> Trajectory:
        path = BrownianPath(5, (count, 2), schedule.lam(1.0), schedule.lam(1e-3), dtype=torch.float64)
        times = UniformLogSNR().times(schedule, steps)
        return sample(SDEFamily(tau), reference.model, marginal(1.0, 11), times, path)

    found, doubled = run(200), run(400)
    for share in (0.25, 0.5, 0.75, 1.0):
        k = int(share * 200)
        t, x = float(found.t[k]), found.x[k].numpy()
        bottom = floor(sliced_w2, lambda n, seed, t=t: marginal(t, seed).numpy(), count, pairs=20, seed=100)
        spread = bottom.error * math.sqrt(20)  # of one pair
        here, fine = (sliced_w2(points, marginal(t, 12)) for points in (x, doubled.x[2 * k]))
        assert here < bottom.mean + 3.5 * spread
        assert abs(here - fine) < 2 * spread


def test_without_churn_edm_is_heun_on_the_noise_over_sigma_over_alpha(reference):
    """dy = eps ds with y = x / alpha, s = sigma / alpha, written out."""
    schedule, model = reference.model.schedule, reference.model
    times = UniformLogSNR().times(schedule, 12)
    run = sample(EDM(), model, reference.start, times, WhiteNoise(0, (506, 2), torch.float64))
    y = reference.start / schedule.alpha(1.0)
    for s, t in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        a, b = (float(schedule.sigma(v) / schedule.alpha(v)) for v in (s, t))
        slope = model.predict(y * schedule.alpha(s), s).eps
        end = model.predict((y + (b - a) * slope) * schedule.alpha(t), t).eps
        y = y + (b - a) / 2 * (slope + end)
    torch.testing.assert_close(run.final, y * schedule.alpha(times[-1]), rtol=0, atol=1e-9)


FOLLOWING = {
    "DDPM": DDPM("small"),
    "DDPM β": DDPM("large"),
    "DDIM η = 0.5": DDIM(0.5),
    "τ = 0.5": SDEFamily(0.5),
    "Euler–Maruyama": SAMPLERS["euler-maruyama"](),
    "reverse diffusion": SAMPLERS["reverse-diffusion"](),
    "SDE 2M": SAMPLERS["sde-dpmpp-2m"](),
    "SDE 3M": SAMPLERS["sde-dpmpp-3m"](),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_runs_that_share_a_path_converge_to_each_other(name, reference):
    sampler = FOLLOWING[name]
    schedule = reference.model.schedule
    low, high = schedule.lam(1.0), schedule.lam(1e-3)

    def final(steps: int, seed: int) -> torch.Tensor:
        path = BrownianPath(seed, (200, 2), low, high, dtype=torch.float64)
        grid = UniformLogSNR().times(schedule, steps)
        return sample(sampler, reference.model, prior(schedule, path), grid, path).final

    fine = final(1024, 0)
    gaps = [float((final(n, 0) - fine).norm(dim=1).median()) for n in (32, 128, 512)]
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2]
    assert gaps[2] < 0.1 * float((final(1024, 1) - fine).norm(dim=1).median())


@pytest.mark.parametrize("slug", SAMPLERS)
def test_particles_do_not_depend_on_their_number(slug, reference):
    schedule = reference.model.schedule
    grid = UniformLogSNR().times(schedule, 12)
    few, many = (
        sample(SAMPLERS[slug](), reference.model, prior(schedule, noise), grid, noise)
        for noise in (WhiteNoise(5, (n, 2), torch.float64) for n in (10, 300))
    )
    if SAMPLERS[slug].adaptive:  # the steps are chosen for all together, within the tolerance
        torch.testing.assert_close(few.final, many.final[:10], rtol=0, atol=0.01)
    else:
        torch.testing.assert_close(few.x, many.x[:, :10], rtol=0, atol=1e-12)


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
        assert run.x.shape == (len(run.t), *shape) and run.x.isfinite().all()
        assert len(run.t) == 9 or sampler.adaptive


def test_a_grid_that_does_not_fall_is_refused(reference):
    with pytest.raises(ConfigError, match="fall"):
        sample(DDIM(), reference.model, reference.start, np.array([0.1, 0.5]), WhiteNoise(0, (506, 2)))


@pytest.mark.parametrize("slug", [slug for slug, kind in SAMPLERS.items() if kind.gridded])
def test_a_grid_with_one_noise_level_twice_is_refused(slug):
    """Beyond its last level a discrete schedule stays as it is, so that the first step would have no length."""
    model, noise = MixtureScore(DiscreteDDPM(), gaussian(0.0, 1.0)), WhiteNoise(0, (3, 2))
    times = np.array([1.001, 1.0, 0.5, 0.001])
    with pytest.raises(ConfigError, match="a noise level of its own"):
        sample(SAMPLERS[slug](), model, prior(model.schedule, noise), times, noise)


def _unipc_as_printed(printed: str, h: float, alpha: float, ratio: float, b: float) -> tuple[float, float]:
    """The weights of x_0 and of the prediction before it, by the formula that stands on the page, with rho = 1/2."""
    signs = re.search(r"x_s([+-])\\alpha_t\((.+?)\)\\hat x_0([+-])\\alpha_tB\(h\)\\sum", printed)
    assert signs is not None
    gain = {"1-e^{-h}": -math.expm1(-h), "e^{-h}-1": math.expm1(-h)}[signs[2]] * float(f"{signs[1]}1")
    difference = float(f"{signs[3]}1") * b * 0.5 / ratio
    return alpha * (gain - difference), alpha * difference


@pytest.mark.parametrize("weighting", ["bh1", "bh2"])
def test_a_unipc_prediction_is_the_printed_formula_with_the_printed_b(weighting):
    schedule, sampler = LinearVP(), UniPC2(weighting=weighting)
    times = schedule.time_of(np.array([-1.0, 0.2, 0.9]))
    before, s, t = grid_nodes(schedule, times)
    h = t.lam - s.lam
    b = {"B(h) = h": h, "B(h) = 1 − e⁻ʰ": 1 - math.exp(-h)}[UniPC2.parameter("weighting").domain.options[weighting]]
    wanted = _unipc_as_printed(UniPC2.latex, h, t.alpha, (before.lam - s.lam) / h, b)
    rng = np.random.default_rng(0)
    answers = {float(node.t): torch.from_numpy(rng.normal(size=(3, 2))) for node in (before, s)}

    class Given:
        """An answer for each time, whatever the state."""

        def __init__(self):
            self.schedule = schedule

        def predict(self, x, t):
            return Prediction.of_x0(x, float(schedule.alpha(t)), float(schedule.sigma(t)), answers[t])

    run = sample(sampler, Given(), torch.ones(3, 2, dtype=torch.float64), times, WhiteNoise(0, (3, 2), torch.float64))
    expected = t.sigma / s.sigma * run.x[1] + wanted[0] * answers[s.t] + wanted[1] * answers[before.t]
    torch.testing.assert_close(run.final, expected, rtol=1e-12, atol=1e-12)
