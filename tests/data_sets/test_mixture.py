"""The closed forms of a diffused mixture, held against autograd, integrals, draws and stored reference values."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture, Grid, HandPlaced, Normalisation, RandomMixture, Ring
from diffviz.schedules.linear import LinearVP

LEVELS = [(1.0, 0.0), (0.999, 0.03), (0.8, 0.6), (0.01, 1.0), (1.0, 5.0), (0.0, 1.0)]
REFERENCE = Path(__file__).parents[1] / "data" / "ring_log_density.npz"


@pytest.fixture
def mixture() -> GaussianMixture:
    return HandPlaced().mixture


@pytest.fixture
def x() -> torch.Tensor:
    return 1.5 * torch.from_numpy(np.random.default_rng(0).standard_normal((40, 2)))


def score_and_hessian(mixture: GaussianMixture, alpha: float, sigma: float, x: torch.Tensor):
    """First and second derivatives of log q_t by autograd."""
    x = x.clone().requires_grad_()
    (score,) = torch.autograd.grad(mixture.at(alpha, sigma).log_density(x).sum(), x, create_graph=True)
    rows = [torch.autograd.grad(score[:, i].sum(), x, retain_graph=True)[0] for i in range(2)]
    return score.detach(), torch.stack(rows, 1)


@pytest.mark.parametrize("key, t", [("t_0", 0.0), ("t_1e5", 1e-5), ("t_1e3", 1e-3)])
def test_log_density_equals_the_stored_reference(key, t):
    stored = np.load(REFERENCE)
    schedule = LinearVP()
    marginal = Ring(count=5, skew=0.5).mixture.at(float(schedule.alpha(t)), float(schedule.sigma(t)))
    # Points far from the data have log densities of thousands, so the error is relative there.
    np.testing.assert_allclose(
        marginal.log_density(torch.from_numpy(stored["x"])).numpy(), stored[key], rtol=1e-11, atol=1e-9
    )


@pytest.mark.parametrize("alpha, sigma", LEVELS)
def test_score_is_the_gradient_of_the_log_density(mixture, x, alpha, sigma):
    score, _ = score_and_hessian(mixture, alpha, sigma, x)
    torch.testing.assert_close(mixture.at(alpha, sigma).score(x), score, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("form", ["log_density", "density", "score", "posterior_mean", "posterior_trace_by_density"])
def test_points_that_are_worked_out_in_pieces_answer_as_each_alone(mixture, form):
    marginal, points = mixture.at(0.8, 0.6), torch.from_numpy(np.random.default_rng(1).standard_normal((40_000, 2)))
    some = torch.arange(0, len(points), 997)
    alone = torch.cat([getattr(marginal, form)(points[k : k + 1]) for k in some.tolist()])
    torch.testing.assert_close(getattr(marginal, form)(points)[some], alone, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("alpha, sigma", [level for level in LEVELS if level[0]])
def test_posterior_mean_obeys_tweedie(mixture, x, alpha, sigma):
    marginal = mixture.at(alpha, sigma)
    expected = (x + sigma**2 * marginal.score(x)) / alpha
    torch.testing.assert_close(marginal.posterior_mean(x), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("alpha, sigma", [(0.999, 0.03), (0.8, 0.6), (0.1, 0.99), (1.0, 5.0)])
def test_posterior_covariance_follows_from_the_hessian(mixture, x, alpha, sigma):
    _, hessian = score_and_hessian(mixture, alpha, sigma, x)
    expected = (sigma / alpha) ** 2 * (torch.eye(2) + sigma**2 * hessian)
    torch.testing.assert_close(mixture.at(alpha, sigma).posterior_cov(x), expected, rtol=1e-7, atol=1e-9)


def test_posterior_without_signal_is_the_prior(mixture, x):
    marginal = mixture.at(0.0, 1.0)
    mean = torch.from_numpy(mixture.weights @ mixture.means)
    away = mixture.means - mean.numpy()
    cov = np.einsum("k,kij->ij", mixture.weights, mixture.covariances + np.einsum("ki,kj->kij", away, away))
    torch.testing.assert_close(marginal.posterior_mean(x), mean.expand(40, 2))
    torch.testing.assert_close(marginal.posterior_cov(x), torch.from_numpy(cov).expand(40, 2, 2))


def test_posterior_without_noise_is_the_point_itself(mixture, x):
    marginal = mixture.at(1.0, 0.0)
    torch.testing.assert_close(marginal.posterior_mean(x), x)
    torch.testing.assert_close(marginal.posterior_cov(x), torch.zeros(40, 2, 2, dtype=torch.float64))


def test_posterior_moments_equal_integrals_over_the_data(mixture):
    """E[x_0 | x_t] and Cov[x_0 | x_t] by a sum over a fine grid of x_0, straight from Bayes' rule."""
    alpha, sigma, at = 0.8, 0.6, torch.tensor([[0.3, -0.2]], dtype=torch.float64)
    side = torch.linspace(-5, 5, 801, dtype=torch.float64)
    x0 = torch.cartesian_prod(side, side)
    weight = mixture.at().density(x0) * torch.exp(-(at - alpha * x0).square().sum(1) / (2 * sigma**2))
    weight = weight / weight.sum()
    mean = weight @ x0
    cov = (weight[:, None] * (x0 - mean)).T @ (x0 - mean)
    marginal = mixture.at(alpha, sigma)
    torch.testing.assert_close(marginal.posterior_mean(at)[0], mean, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(marginal.posterior_cov(at)[0], cov, rtol=1e-9, atol=1e-9)


def test_density_integrates_to_one(mixture):
    side = torch.linspace(-8, 8, 801, dtype=torch.float64)
    density = mixture.at(0.8, 0.6).density(torch.cartesian_prod(side, side))
    assert float(density.sum() * (side[1] - side[0]) ** 2) == pytest.approx(1, abs=1e-9)


def test_responsibilities_are_bayes_rule(mixture, x):
    marginal = mixture.at(0.8, 0.6)
    r = marginal.responsibilities(x)
    assert r.shape == (40, 4)
    for k in range(4):
        alone = GaussianMixture([1.0], mixture.means[k : k + 1], mixture.covariances[k : k + 1]).at(0.8, 0.6)
        torch.testing.assert_close(r[:, k], mixture.weights[k] * alone.density(x) / marginal.density(x))


@pytest.mark.parametrize("alpha, sigma", LEVELS[:-1])
def test_diffused_mixture_is_the_marginal(mixture, x, alpha, sigma):
    ahead = mixture.diffused(alpha, sigma)
    torch.testing.assert_close(ahead.at().log_density(x), mixture.at(alpha, sigma).log_density(x))


def test_a_level_per_sample_equals_each_level_alone(mixture, x):
    alpha = torch.linspace(1, 0.01, 40, dtype=torch.float64)
    sigma = torch.sqrt(1 - alpha**2) + 0.01
    together = mixture.at(alpha, sigma)
    for i in (0, 17, 39):
        alone = mixture.at(float(alpha[i]), float(sigma[i]))
        for name in ("log_density", "score", "posterior_mean", "posterior_cov", "responsibilities"):
            torch.testing.assert_close(getattr(together, name)(x)[i], getattr(alone, name)(x[i : i + 1])[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_points_stay_finite(dtype):
    marginal = Ring().mixture.at(1.0, 0.01, dtype)
    x = torch.tensor([[1e3, -1e3], [0.0, 0.0]], dtype=dtype)
    assert marginal.log_density(x).isfinite().all()
    assert marginal.score(x).isfinite().all()
    assert marginal.posterior_mean(x).dtype == dtype


def test_affine_moves_density_and_score_as_a_change_of_variables(mixture, x):
    normalisation = Normalisation((0.7, -0.3), 2.5)
    moved = mixture.affine(normalisation).at()
    raw = normalisation.invert(x)
    torch.testing.assert_close(moved.log_density(x), mixture.at().log_density(raw) + 2 * np.log(2.5))
    torch.testing.assert_close(moved.score(x), 2.5 * mixture.at().score(raw))


def test_own_normalisation_gives_mean_zero_and_unit_spread(mixture):
    unit = mixture.affine(mixture.normalisation)
    second = np.einsum("k,kij->ij", unit.weights, unit.covariances + np.einsum("ki,kj->kij", unit.means, unit.means))
    np.testing.assert_allclose(unit.weights @ unit.means, 0, atol=1e-12)
    assert np.trace(second) / 2 == pytest.approx(1)


@pytest.mark.parametrize(
    "dataset", [HandPlaced(), Ring(stretch=3.0, skew=1.0), Grid(side=2, skew=0.5), RandomMixture()]
)
def test_draws_have_the_moments_of_the_closed_form(dataset):
    mixture, count = dataset.mixture, 40_000
    points = mixture.draw(count, seed=3)
    mean = mixture.weights @ mixture.means
    away = mixture.means - mean
    cov = np.einsum("k,kij->ij", mixture.weights, mixture.covariances + np.einsum("ki,kj->kij", away, away))
    # Five standard errors; the fourth moments of these mixtures are below 3 var².
    error = 5 * np.sqrt(np.diag(cov) / count)
    assert (np.abs(points.mean(0) - mean) < error).all()
    spread = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    assert (np.abs(np.cov(points.T) - cov) < 5 * np.sqrt(3 / count) * spread).all()


def test_draws_visit_components_by_their_weights():
    mixture = Ring(count=5, skew=0.5, spread=0.05).mixture
    points = mixture.draw(20_000, seed=0)
    nearest = np.square(points[:, None] - mixture.means).sum(-1).argmin(1)
    share = np.bincount(nearest, minlength=5) / 20_000
    np.testing.assert_allclose(mixture.weights, [0.1, 0.15, 0.2, 0.25, 0.3])
    np.testing.assert_allclose(share, mixture.weights, atol=5 * 0.5 / np.sqrt(20_000))


def test_stretch_lengthens_components_along_the_ring():
    cov = Ring(count=4, spread=0.1, stretch=3.0).mixture.covariances[0]  # the one on the x axis
    np.testing.assert_allclose(cov, np.diag([0.01, 0.09]), atol=1e-12)


EYE = np.eye(2)


@pytest.mark.parametrize(
    "weights, means, covariances, words",
    [
        ([1, -1], [[0, 0], [1, 1]], [EYE, EYE], "positive"),
        ([1, 0], [[0, 0], [1, 1]], [EYE, EYE], "positive"),
        ([1, np.nan], [[0, 0], [1, 1]], [EYE, EYE], "finite"),
        ([1], [[0, np.inf]], [EYE], "finite"),
        ([1], [[0, 0]], [[[1, 2], [2, 1]]], "positive definite"),
        ([1], [[0, 0]], [[[1, 0.5], [0, 1]]], "symmetric"),
        ([1], [[0, 0], [1, 1]], [EYE], "as many means"),
        ([], np.empty((0, 2)), np.empty((0, 2, 2)), "at least one"),
        (1.0, [0, 0], EYE, "as many means"),
        ([1], 0.0, [EYE], "as many means"),
    ],
)
def test_impossible_mixtures_are_refused_in_one_sentence(weights, means, covariances, words):
    with pytest.raises(ConfigError, match=words):
        GaussianMixture(weights, means, covariances)


def test_weights_are_scaled_to_sum_to_one():
    np.testing.assert_allclose(GaussianMixture([1, 3], [[0, 0], [1, 1]], [EYE, EYE]).weights, [0.25, 0.75])


def test_hand_placed_refuses_a_covariance_that_is_none():
    with pytest.raises(ConfigError, match="positive definite"):
        HandPlaced(placed=((1, 0, 0, 0.1, 0.1, 0.2),))
    with pytest.raises(ConfigError, match="six numbers"):
        HandPlaced(placed=((1, 0, 0),))
