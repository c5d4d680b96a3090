"""The experiments of the page Score against what is known otherwise: Bayes' rule on a grid, quadrature, the flow."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data import GaussianMixture, Grid, RandomMixture, Ring
from diffviz.experiments.problem import Problem
from diffviz.experiments.score import langevin
from diffviz.experiments.score.field import ScoreFieldConfig, run_score_field, square
from diffviz.experiments.score.langevin import LangevinConfig, run_langevin
from diffviz.experiments.score.memory import nearest_distance
from diffviz.experiments.score.posterior import log_density, moments, posterior
from diffviz.experiments.score.pull import FRAMES, PullConfig, follow_pull
from diffviz.experiments.score.reverse_step import ReverseStepConfig, measure_reverse_step, one_step
from diffviz.samplers.base import nodes_at
from diffviz.schedules import Cosine

MIXTURE = Problem(RandomMixture()).mixture
assert MIXTURE is not None


@pytest.mark.parametrize(("alpha", "sigma"), [(0.9, 0.3), (0.3, 0.95)])
def test_the_posterior_is_bayes_rule(alpha: float, sigma: float) -> None:
    x, places = np.array([0.4, -0.3]), square(61, 1.2)
    likelihood = -np.square(x - alpha * places).sum(1) / (2 * sigma**2)
    log_bayes = log_density(MIXTURE, places) + likelihood
    difference = log_density(posterior(MIXTURE, alpha, sigma, x), places) - log_bayes
    likely = log_bayes > log_bayes.max() - 12
    assert np.ptp(difference[likely]) < 1e-9  # the evidence, one constant


def test_moments_are_those_of_draws() -> None:
    mean, covariance = moments(MIXTURE)
    draws = MIXTURE.draw(200_000, 0)
    assert np.abs(draws.mean(0) - mean).max() < 0.01 and np.abs(np.cov(draws.T) - covariance).max() < 0.02


def test_components_of_no_weight_are_left_out_of_a_posterior() -> None:
    two = GaussianMixture(np.ones(2), np.array([[0.0, 0.0], [50.0, 0.0]]), np.tile(0.01 * np.eye(2), (2, 1, 1)))
    left = posterior(two, 1.0, 0.1, np.zeros(2))
    assert len(left.weights) == 1 and np.allclose(left.means, 0)


def test_the_total_variation_of_a_step_is_that_of_quadrature() -> None:
    start, end = nodes_at(Cosine(), np.array([0.6, 0.35]))
    step = one_step(MIXTURE, start, end, np.array([0.2, 0.1]), "lower")
    side, reach = 241, 5.0
    line = np.linspace(-reach, reach, side)
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    law = np.exp(log_density(step.law, places))
    away = np.square((places - step.mean) / step.deviation).sum(1)
    gaussian = np.exp(-away / 2) / (2 * np.pi * step.deviation**2)
    truth = np.abs(law - gaussian).sum() * (line[1] - line[0]) ** 2 / 2
    distance, _ = step.distances(0)
    assert abs(distance.mean - truth) < 4 * distance.error and distance.error < 0.02


def test_a_ddpm_step_has_its_two_variances() -> None:
    start, end = nodes_at(Cosine(), np.array([0.6, 0.5]))
    lower, upper = (one_step(MIXTURE, start, end, np.zeros(2), name).deviation for name in ("lower", "upper"))
    h = end.lam - start.lam
    assert lower == pytest.approx(end.sigma * np.sqrt(1 - np.exp(-2 * h)))
    assert upper == pytest.approx(start.sigma * np.sqrt(1 - np.exp(-2 * h)))


def test_the_law_of_one_gaussian_is_fitted_by_its_own_variance_at_every_length() -> None:
    result = measure_reverse_step(ReverseStepConfig(Ring(count=1), variance="optimal"))
    assert max(distance.mean for distance in result.total_variation) < 1e-6
    assert max(abs(distance.mean) for distance in result.divergence) < 1e-6


@pytest.mark.parametrize("source", ["exact", "empirical", "learned"])
def test_the_field_is_that_of_its_source(source: str) -> None:
    result = run_score_field(ScoreFieldConfig(source=source))
    gap = np.abs(result.tweedie - result.past_mean).max()
    assert gap < 1e-4 if source != "learned" else 1e-3 < gap < 0.3
    assert (result.known is not None) == (source == "empirical")
    cell = (5.4 / result.density.shape[1]) ** 2
    assert np.abs(result.past.sum((1, 2)) * cell - 1).max() < 0.04  # a point blurred by half a cell is coarse


def test_a_held_particle_stays_where_it_is_held_and_ends_on_a_data_point() -> None:
    result = follow_pull(PullConfig(x=1.1, y=-0.4, share=0.5))
    assert result.held == (FRAMES - 1) // 2 and np.allclose(result.path[result.held], (1.1, -0.4))
    ends = result.alpha[-1] * result.data
    assert nearest_distance(result.path[-1:], ends)[0] < 3 * result.sigma[-1]
    again = follow_pull(PullConfig(x=float(result.path[0, 0]), y=float(result.path[0, 1]), share=0.0))
    assert np.abs(again.path - result.path).max() < 0.02  # the flow through its own start


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_particle_can_be_held_at_either_end(share: float) -> None:
    result = follow_pull(PullConfig(points=3, share=share))
    assert np.isfinite(result.path).all() and np.isfinite(result.v).all()
    assert np.allclose(np.cos(result.phi), result.alpha) and np.allclose(np.sin(result.phi), result.sigma)


def test_every_particle_counts_for_the_nearest_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    means = np.array([[0.0, 0.0], [4.0, 0.0]])
    places = np.array([[0.1, 0.0], [1.9, 3.0], [2.1, 3.0], [90.0, 0.0]])  # however far
    assert np.allclose(langevin.shares_of_modes(places, means), (0.5, 0.5))
    monkeypatch.setattr(langevin, "PARTICLES", 100)
    result = run_langevin(LangevinConfig(Grid(), calls=20))
    runs = (result.plain, result.annealed, result.corrected)
    for run in runs:
        assert run.nfe <= 20 and run.clock[0] == 0 and run.clock[-1] == 1 and len(run.x) == len(run.gap)
        assert np.allclose(run.weights.sum(1), 1)
        assert np.allclose(run.gap, np.abs(run.weights - result.weights).sum(1) / 2)
    assert len({float(run.gap[0]) for run in runs}) == 1  # one start, one error
