"""Stochastic samplers on a Gaussian: the final law is Gaussian, and its two moments are computed, not sampled.

With a Gaussian target every sampler is affine in the start and in every normal it draws. So one run with a batch of
unit vectors (nothing, the start, then each draw alone) reads off all coefficients, and with them mean and variance.
"""

import math

import numpy as np
import pytest
import torch

from diffviz.data.mixture import GaussianMixture
from diffviz.grids import UniformLogSNR
from diffviz.samplers import (
    DDIM,
    DDPM,
    EDM,
    SAMPLERS,
    ClassifierGuidedDDPM,
    Langevin,
    PredictorCorrector,
    Sampler,
    SDEFamily,
    sample,
)
from diffviz.schedules import SCHEDULES, LinearVP
from diffviz.scores.mixture import MixtureScore

MEAN, VARIANCE = 0.7, 0.5
STANDARD = GaussianMixture(np.ones(1), np.zeros((1, 1)), np.eye(1)[None])
STOCHASTIC = {slug: cls() for slug, cls in SAMPLERS.items() if cls().stochastic} | {
    "DDIM η = 0.5": DDIM(0.5),
    "DDIM η = 1": DDIM(1.0),
    "DDPM β": DDPM("large"),
    "EDM with churn": EDM(churn=20.0),
    "τ = 1.5": SDEFamily(1.5),
}
ORDERED = {name: sampler for name, sampler in STOCHASTIC.items() if sampler.order is not None}


class Unit:
    """Row 0 draws nothing, row 1 is the start, row k + 2 is the k-th draw alone."""

    def __init__(self, draws: int) -> None:
        self.rows, self.used = draws + 2, 2

    def initial(self) -> torch.Tensor:
        return self._row(1)

    def between(self, lam_from: float, lam_to: float) -> torch.Tensor:
        return self._next()

    def at(self, lam: float, index: int) -> torch.Tensor:
        return self._next()

    def _next(self) -> torch.Tensor:
        self.used += 1
        return self._row(self.used - 1)

    def _row(self, row: int) -> torch.Tensor:
        z = torch.zeros(self.rows, 1, dtype=torch.float64)
        z[row] = 1
        return z


def gaussian(schedule) -> MixtureScore:
    return MixtureScore(schedule, GaussianMixture(np.ones(1), np.full((1, 1), MEAN), VARIANCE * np.eye(1)[None]))


def truth(schedule, t: float) -> tuple[float, float]:
    alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
    return alpha * MEAN, alpha**2 * VARIANCE + sigma**2


def moments(
    sampler: Sampler, schedule, steps: int, model: MixtureScore | None = None, draws: int = 1
) -> tuple[float, float]:
    """Mean and variance at t_min, started from the exact law at t_max. draws: at most so many a step."""
    noise = Unit(draws * steps)
    grid = UniformLogSNR().times(schedule, steps)
    final = sample(sampler, model or gaussian(schedule), noise.initial(), grid, noise).final[:, 0]
    weights = final[1:] - final[0]
    mean, variance = truth(schedule, schedule.t_max)
    return float(final[0] + weights[0] * mean), float(weights[0] ** 2 * variance + weights[1:].square().sum())


@pytest.mark.parametrize("name", ORDERED)
def test_declared_weak_order_is_measured_by_exact_moments(name):
    sampler, schedule = ORDERED[name], LinearVP()
    mean, variance = truth(schedule, schedule.t_min)
    found = [moments(sampler, schedule, steps) for steps in (80, 160, 320)]
    gaps = [abs(v - variance) for _, v in found]
    assert -np.polyfit(np.log([80, 160, 320]), np.log(gaps), 1)[0] == pytest.approx(sampler.order, abs=0.1)
    off = [abs(m - mean) for m, _ in found]  # exponential integrators have the mean exactly
    assert off[2] < 1e-10 or off[0] / off[2] > 0.9 * 4**sampler.order


@pytest.mark.parametrize("variance", ["small", "large"])
def test_classifier_guided_ddpm_reaches_the_law_of_the_label_at_its_declared_order(variance):
    """The plain model knows standard normals; the exact classifier's gradient leads to the label's own normal."""
    schedule = LinearVP()
    plain, labelled = MixtureScore(schedule, STANDARD), gaussian(schedule)
    sampler = ClassifierGuidedDDPM(lambda x, t: labelled.predict(x, t).score - plain.predict(x, t).score, 1.0, variance)
    mean, _ = truth(schedule, schedule.t_min)
    gaps = [abs(moments(sampler, schedule, steps, plain)[0] - mean) for steps in (80, 160, 320)]
    assert -np.polyfit(np.log([80, 160, 320]), np.log(gaps), 1)[0] == pytest.approx(sampler.order, abs=0.1)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", ORDERED)
def test_the_law_is_reached_on_every_schedule(name, schedule):
    plan = SCHEDULES[schedule]()
    want = truth(plan, plan.t_min)
    (mean, variance), fine = (moments(ORDERED[name], plan, steps) for steps in (100, 400))
    assert fine[1] == pytest.approx(want[1], rel=0.06) and fine[0] == pytest.approx(want[0], abs=0.01)
    assert abs(fine[1] - want[1]) < abs(variance - want[1]) + 1e-9 and abs(mean - want[0]) < 0.05


@pytest.mark.parametrize("steps", [1, 3, 30])
def test_one_step_to_the_next_keeps_the_law_when_the_denoised_point_is_known(steps):
    """Data of no spread: x_0 is certain, so every step of these is exact in law, however long."""
    schedule = LinearVP()
    point = MixtureScore(schedule, GaussianMixture(np.ones(1), np.full((1, 1), MEAN), 1e-12 * np.eye(1)[None]))
    alpha, sigma = float(schedule.alpha(1e-3)), float(schedule.sigma(1e-3))
    for sampler in (DDPM("small"), DDIM(0.3), DDIM(1.0), SDEFamily(0.5), SDEFamily(1.5), SAMPLERS["sde-dpmpp-2m"]()):
        noise = Unit(steps)
        grid = UniformLogSNR().times(schedule, steps)
        final = sample(sampler, point, noise.initial(), grid, noise).final[:, 0]
        weights = final[1:] - final[0]
        start_alpha, start_sigma = float(schedule.alpha(1.0)), float(schedule.sigma(1.0))
        mean = float(final[0] + weights[0] * start_alpha * MEAN)
        variance = float(weights[0] ** 2 * start_sigma**2 + weights[1:].square().sum())
        assert (mean, variance) == (pytest.approx(alpha * MEAN, rel=1e-6), pytest.approx(sigma**2, rel=1e-6))


def test_langevin_settles_where_its_step_says():
    """x' = (1 - δ/v) x + sqrt(2δ) z on N(m, v) has the stationary variance v / (1 - δ / 2v), and the right mean."""
    schedule, sampler = LinearVP(), Langevin(level=0.5, step=0.1)
    mean, variance = moments(sampler, schedule, 500)
    t = float(schedule.time_of(-math.log(0.5)))
    want_mean, v = truth(schedule, t)
    delta = 0.1 * float(schedule.sigma(t)) ** 2
    assert mean == pytest.approx(want_mean, rel=1e-6)
    assert variance == pytest.approx(v / (1 - delta / (2 * v)), rel=1e-6)


def test_the_corrector_keeps_the_law_up_to_its_own_step():
    """With a smaller ratio it comes closer to the target; without any move it would be the predictor."""
    schedule = LinearVP()
    want = truth(schedule, schedule.t_min)[1]
    gaps = [abs(moments(PredictorCorrector(ratio=r), schedule, 400, draws=30)[1] / want - 1) for r in (0.4, 0.1)]
    assert gaps[1] < gaps[0] < 0.1 and gaps[1] < 0.02


def test_more_corrector_moves_narrow_what_the_predictor_leaves():
    schedule = LinearVP()
    want = truth(schedule, schedule.t_min)[1]
    few, many = (abs(moments(PredictorCorrector(moves=m), schedule, 20, draws=30)[1] - want) for m in (1, 6))
    assert many < few


def test_annealed_langevin_nears_the_law_with_levels_and_moves():
    schedule = LinearVP()
    want = truth(schedule, schedule.t_min)[1]
    gap = {n: abs(moments(SAMPLERS["annealed-langevin"](), schedule, n, draws=30)[1] / want - 1) for n in (40, 320)}
    assert gap[320] < gap[40] / 4 and gap[320] < 0.06
