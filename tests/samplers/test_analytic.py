"""Analytic-DPM: moments by Monte Carlo, variances in closed form, and what a faulty mean does to them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.data.mixture import GaussianMixture
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.samplers import DDPM, AnalyticDPM, ExtendedAnalyticDPM, prior, sample
from diffviz.samplers.analytic import ddim_moves_in_x0
from diffviz.samplers.base import grid_nodes, nodes_at
from diffviz.samplers.moments import Moments, Residuals, gammas
from diffviz.schedules import SCHEDULES, Cosine, DiscreteDDPM, LinearVP
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.mixture import MixtureScore

STORED = np.load(Path(__file__).parents[1] / "data" / "analytic_dpm.npz")
LISTED = [1, 2, 10, 50, 100, 200, 300, 400, 500, 600, 800, 1000]
DISCRETE = DiscreteDDPM()


def everywhere() -> Moments:
    """The reference's Gamma at all 1,000 nodes."""
    t = np.arange(1000, 0, -1) / 1000
    lam, share = DISCRETE.lam(t), DISCRETE.sigma(t) ** 2 * STORED["gamma"][1000:0:-1]
    return Moments(tuple(lam.tolist()), tuple(share.tolist()), (0.0,) * 1000)


def gaussian(variance: float) -> GaussianMixture:
    return GaussianMixture(np.ones(1), np.full((1, 2), 0.3), variance * np.eye(2)[None])


def test_gamma_by_monte_carlo_is_the_reference(reference):
    """Within three standard errors at each of the twelve listed levels."""
    model = MixtureScore(DISCRETE, reference.model.mixture)
    points = torch.from_numpy(reference.model.mixture.draw(20_000, 3))
    measured = gammas(model, points, np.array(LISTED) / 1000, seed=0)
    gaps = np.abs(measured.mean - STORED["gamma"][LISTED]) / measured.error
    assert (gaps < 3).all(), gaps.round(2)
    assert (measured.error < 0.02 * measured.mean).all()


@pytest.mark.parametrize("steps", [10, 25, 50, 100, 200, 1000])
def test_variances_of_every_subsequence_are_the_reference(steps):
    """To three digits, DDPM's form and DDIM's, and C; the table's first row ends at x_0 itself, where no grid goes."""
    table = STORED[f"table_{steps}"][1:]
    clean, noisy, beta, beta_tilde, best, best_ddim, unknown = table.T
    moments = everywhere()
    ladder = np.concatenate([noisy[::-1], clean[:1]]) / 1000
    assert np.array_equal(ladder[1:], clean[::-1] / 1000)
    stops = grid_nodes(DISCRETE, ladder)
    for eta, column in ((1.0, best), (0.0, best_ddim)):
        variance = [move.noise**2 for move in AnalyticDPM(eta=eta, moments=moments).moves(stops)]
        np.testing.assert_allclose(variance, column[::-1], rtol=5e-4)
    sampler = AnalyticDPM(moments=moments)
    np.testing.assert_allclose([sampler.x0_variance(node) for node in stops[:-1]], unknown[::-1], rtol=5e-4)
    plain = [move.noise**2 for move in DDPM("small").moves(stops)]
    np.testing.assert_allclose(plain, beta_tilde[::-1], rtol=1e-6)
    np.testing.assert_allclose([m.noise**2 for m in DDPM("large").moves(stops)], beta[::-1], rtol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_on_a_gaussian_the_variance_is_that_of_the_exact_posterior(schedule):
    """v_t beta_{s|t} / v_s, with v the marginal variance, for any step of any schedule."""
    plan, v0 = SCHEDULES[schedule](), 0.4
    stops = grid_nodes(plan, UniformLogSNR().times(plan, 7))
    lam = [node.lam for node in stops]
    share = [node.sigma**2 / (node.alpha**2 * v0 + node.sigma**2) for node in stops]
    sampler = AnalyticDPM(moments=Moments(tuple(lam), tuple(share), (0.0,) * 8))
    for s, t, move in zip(stops[:-1], stops[1:], sampler.moves(stops), strict=True):
        v_s, v_t = (node.alpha**2 * v0 + node.sigma**2 for node in (s, t))
        beta = s.sigma**2 * -np.expm1(-2 * (t.lam - s.lam))
        assert move.noise**2 == pytest.approx(v_t * beta / v_s, rel=1e-12)


def test_before_it_is_fitted_data_of_unit_variance_are_assumed():
    """Then on VP the best variance is beta, as Ho et al. say of their larger choice."""
    stops = grid_nodes(LinearVP(), UniformLogSNR().times(LinearVP(), 9))
    best, large = AnalyticDPM().moves(stops), DDPM("large").moves(stops)
    np.testing.assert_allclose([m.noise for m in best], [m.noise for m in large], rtol=1e-12)
    extended = ExtendedAnalyticDPM().standard_deviations(stops)
    np.testing.assert_allclose([float(v) for v in extended], [m.noise for m in best], rtol=1e-12)


def test_the_clip_bounds_what_is_unknown(reference):
    """On the reference C reaches 1.93, so clipping it to 1, as public code does, is wrong there."""
    free, clipped = AnalyticDPM(moments=everywhere()), AnalyticDPM(moments=everywhere(), clip=True)
    levels = nodes_at(DISCRETE, np.arange(1, 1001) / 1000)
    values = np.array([free.x0_variance(node) for node in levels])
    assert values.max() == pytest.approx(1.93, abs=0.02)
    np.testing.assert_allclose([clipped.x0_variance(node) for node in levels], values.clip(max=1.0))


def test_moments_are_measured_between_the_levels_too(reference):
    model = MixtureScore(LinearVP(), reference.model.mixture)
    points = torch.from_numpy(reference.model.mixture.draw(8_000, 1))
    fitted = AnalyticDPM().fitted(model, points, seed=0).moments
    assert fitted is not None and fitted == Moments.measure(model, points, seed=0)
    times = np.array([0.05, 0.21, 0.47, 0.83])
    direct = gammas(model, points, times, seed=5)
    for t, gamma, error in zip(times, direct.mean, direct.error, strict=True):
        square = float(model.schedule.sigma(t)) ** 2
        assert fitted(float(model.schedule.lam(t))) == pytest.approx(square * gamma, abs=5 * square * error + 0.01)


class Faulty:
    """Says only a part of the noise there is."""

    def __init__(self, model: MixtureScore, part: float) -> None:
        self.model, self.part, self.schedule = model, part, model.schedule

    def predict(self, x, t) -> Prediction:
        found = self.model.predict(x, t)
        return Prediction.of_eps(x, found.alpha, found.sigma, self.part * found.eps)


def test_for_the_exact_score_the_residual_is_what_gamma_leaves():
    model = MixtureScore(Cosine(), gaussian(0.5))
    points = torch.from_numpy(gaussian(0.5).draw(40_000, 0))
    left, share = Residuals.measure(model, points, 0, 9), Moments.measure(model, points, 0, 9)
    np.testing.assert_allclose(left.values.mean(1), 1 - np.array(share.share), atol=0.02)
    assert repr(left) == repr(Residuals.measure(model, points, 0, 9)) != repr(Residuals.measure(model, points, 1, 9))


def test_a_faulty_mean_needs_the_extended_variance():
    """The best variance for a given mean is the mean square that it misses by: only the extended one has it."""
    exact = MixtureScore(Cosine(), gaussian(0.5))
    model, points = Faulty(exact, 0.7), torch.from_numpy(gaussian(0.5).draw(40_000, 0))
    plain, extended = (s.fitted(model, points, 0) for s in (AnalyticDPM(), ExtendedAnalyticDPM()))
    stops = grid_nodes(model.schedule, UniformLogSNR().times(model.schedule, 8))
    off = []
    for k, (s, t) in enumerate(zip(stops[1:-1], stops[2:], strict=True), 1):
        pair = [s, t]
        move = ddim_moves_in_x0(1.0, pair)[0]
        # One true step of the process: x_t given x_0, then x_s from it; how far is the model's mean from x_t?
        x_t = t.alpha * points + t.sigma * WhiteNoise(7, tuple(points.shape), torch.float64).initial()
        keep = s.alpha / t.alpha
        spread = s.sigma * np.sqrt(-np.expm1(-2 * (t.lam - s.lam)))
        x_s = keep * x_t + spread * WhiteNoise(8, tuple(points.shape), torch.float64).initial()
        mean = move.state * x_s + move.prediction * model.predict(x_s, s.t).x0
        missed = float((x_t - mean).square().mean())
        assert float((extended.standard_deviations(stops)[k] ** 2).mean()) == pytest.approx(missed, rel=0.03)
        off.append(abs(plain.moves(stops)[k].noise ** 2 / missed - 1))
    assert max(off) > 0.15


def test_coordinates_that_differ_get_variances_that_differ():
    mixture = GaussianMixture(np.ones(1), np.zeros((1, 2)), np.diag([1.0, 0.01])[None])
    model, points = MixtureScore(Cosine(), mixture), torch.from_numpy(mixture.draw(20_000, 0))
    sampler = ExtendedAnalyticDPM().fitted(model, points, 0)
    grid = UniformLogSNR().times(model.schedule, 4)
    wide, narrow = np.array(sampler.standard_deviations(grid_nodes(model.schedule, grid))).T
    assert (wide > 1.2 * narrow).any() and (wide >= narrow * 0.98).all()
    noise = WhiteNoise(0, (20_000, 2), torch.float64)
    start = prior(model.schedule, noise)
    exact, plain = (
        sample(s.fitted(model, points, 0), model, start, grid, noise).final.var(0)
        for s in (ExtendedAnalyticDPM(), AnalyticDPM())
    )
    # With four steps the extended one still ends with the right spread in both coordinates.
    np.testing.assert_allclose(exact.numpy(), [1.0, 0.01], rtol=0.06, atol=0.002)
    assert abs(float(plain[1]) / 0.01 - 1) > 0.2


def test_images_work_as_points_do():
    points = torch.randn(50, 1, 28, 28, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    model = EmpiricalScore(Cosine(), points)
    noise = WhiteNoise(0, (3, 1, 28, 28), torch.float64)
    for cls in (AnalyticDPM, ExtendedAnalyticDPM):
        sampler = cls().fitted(model, points, 0)
        run = sample(sampler, model, prior(model.schedule, noise), UniformLogSNR().times(model.schedule, 5), noise)
        assert run.final.shape == (3, 1, 28, 28) and run.final.isfinite().all() and run.nfe == 5
