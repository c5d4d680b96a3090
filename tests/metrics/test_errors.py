"""Where samples are wrong: modes, distances, and orders."""

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture, Ring
from diffviz.metrics import ExactTransport, exact_w2, fitted_order, mode_coverage, rmse, sliced_w2

RANDOM = np.random.default_rng(1)


def ring(spread: float = 0.15, shift: float = 0.0) -> GaussianMixture:
    angle = 2 * np.pi * np.arange(5) / 5
    means = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + shift
    return GaussianMixture(np.arange(2.0, 7.0), means, np.stack([spread**2 * np.eye(2)] * 5))


def test_real_samples_cover_every_mode_in_its_share():
    mixture = ring()
    found = mode_coverage(mixture.draw(20_000, 0), mixture)
    assert (found.covered, found.total) == (5, 5)
    np.testing.assert_allclose(found.shares, mixture.weights, atol=4 * np.sqrt(0.25 / 20_000))
    assert found.stray == pytest.approx(np.exp(-8), abs=4e-4)  # beyond 4 sigma in the plane
    assert found.gap < 0.02


def test_lost_modes_and_stray_samples_are_seen():
    mixture = ring()
    only = mixture.means[[0, 0, 0, 1]]
    found = mode_coverage(np.concatenate([only, np.full((2, 2), 50.0), np.full((2, 2), np.nan)]), mixture)
    assert found.covered == 2 and found.stray == 0.5
    np.testing.assert_allclose(found.shares, [3 / 8, 1 / 8, 0, 0, 0])
    assert found.gap == pytest.approx((np.abs(found.shares - mixture.weights).sum() + 0.5) / 2)


def test_modes_are_told_apart_by_their_own_shape():
    """A point nearer to the narrow mode may still belong to the wide one."""
    mixture = GaussianMixture(np.ones(2), np.array([[0.0, 0.0], [4.0, 0.0]]), np.stack([0.01 * np.eye(2), np.eye(2)]))
    assert mode_coverage(np.array([[1.5, 0.0]]), mixture).shares.tolist() == [0.0, 1.0]


def test_exact_transport_of_a_shift_is_its_length_and_never_below_the_sliced_one():
    x, y = RANDOM.normal(size=(300, 2)), RANDOM.normal(0.4, 1.3, size=(300, 2))
    assert exact_w2(x, x + np.array([3, 4])) == pytest.approx(5)
    assert exact_w2(x, y) >= sliced_w2(x, y) * np.sqrt(2) - 1e-9  # in the plane slices see half the square
    with pytest.raises(ConfigError, match="at most 1,000"):
        ExactTransport()(np.zeros((1001, 2)), np.zeros((10, 2)))


def test_exact_transport_in_one_dimension_is_by_rank():
    x, y = RANDOM.normal(size=(90, 1)), RANDOM.normal(1, 2, size=(90, 1))
    assert exact_w2(x, y) == pytest.approx(np.sqrt(np.square(np.sort(x, 0) - np.sort(y, 0)).mean()))
    levels = (np.arange(6300) + 0.5) / 6300
    few, many = np.sort(x[:63, 0]), np.sort(y[:, 0])
    gaps = few[(63 * levels).astype(int)] - many[(90 * levels).astype(int)]
    assert exact_w2(x[:63], y) == pytest.approx(np.sqrt(np.square(gaps).mean()))
    few, many = np.sort(x[:7, 0]), np.sort(RANDOM.normal(size=997))  # a common split would be too fine: a programme
    levels = (np.arange(7 * 997) + 0.5) / (7 * 997)
    gaps = few[(7 * levels).astype(int)] - many[(997 * levels).astype(int)]
    assert exact_w2(few[:, None], many[:, None]) == pytest.approx(np.sqrt(np.square(gaps).mean()), rel=1e-6)


def test_an_order_is_fitted_with_its_error():
    nfe = np.array([10.0, 20, 40, 80])
    exact = fitted_order(nfe, 3 * nfe**-2.5)
    assert exact.slope == pytest.approx(2.5) and exact.error < 1e-12
    noisy = [fitted_order(nfe, nfe**-2.0 * np.exp(0.1 * RANDOM.normal(size=4))) for _ in range(400)]
    assert np.mean([o.slope for o in noisy]) == pytest.approx(2, abs=0.02)
    real = np.std([o.slope for o in noisy])
    assert np.sqrt(np.mean([o.error**2 for o in noisy])) == pytest.approx(real, rel=0.15)
    with pytest.raises(ConfigError, match="three points"):
        fitted_order(nfe[:2], nfe[:2])


def test_rmse_is_over_particles_not_coordinates():
    assert rmse(np.zeros((4, 2)), np.full((4, 2), 1.0)) == pytest.approx(np.sqrt(2))
    with pytest.raises(ConfigError, match="one by one"):
        rmse(np.zeros((3, 2)), np.zeros((4, 2)))


def test_the_ring_of_the_catalogue_is_a_mixture_to_cover():
    dataset = Ring()
    assert dataset.mixture is not None
    assert mode_coverage(dataset.draw(2000, 0), dataset.mixture).covered == len(dataset.mixture.weights)
