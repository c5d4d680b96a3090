"""The Fréchet distance against closed forms, its interval, and recall where it is known."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.metrics import frechet, frechet_interval, recall

RNG = np.random.default_rng(0)


def exactly(mean, covariance, count: int = 400):
    """Points whose sample mean and covariance are just these."""
    z = RNG.standard_normal((count, len(mean)))
    z -= z.mean(0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
    return z @ np.linalg.cholesky(np.array(covariance)).T + np.array(mean)


def test_of_two_normals_it_is_the_closed_form():
    """For commuting covariances it is |m - m'|² + sum (s - s')² over the standard deviations."""
    a, b = exactly([0, 0, 0], np.diag([1, 4, 9])), exactly([1, 2, 0], np.diag([4, 4, 1]))
    assert frechet(a, b) == pytest.approx(5 + 1 + 0 + 4, rel=1e-9)
    turn = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    assert frechet(a @ turn, b @ turn) == pytest.approx(10, rel=1e-9)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9) and frechet(a, b) == pytest.approx(frechet(b, a))


def test_covariances_that_do_not_commute():
    """tr (A^½ B A^½)^½ from the eigenvalues of A B, which it shares."""
    A, B = np.array([[2.0, 0.8], [0.8, 1.0]]), np.array([[1.0, -0.5], [-0.5, 3.0]])
    expected = np.trace(A) + np.trace(B) - 2 * np.sqrt(np.linalg.eigvals(A @ B)).sum()
    assert frechet(exactly([0, 0], A), exactly([0, 0], B)) == pytest.approx(expected, rel=1e-9)


def test_a_feature_that_never_changes_is_no_trouble():
    a = np.column_stack([exactly([0, 0], np.eye(2)), np.zeros(400)])
    assert frechet(a, a + np.array([0, 0, 1])) == pytest.approx(1)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """The bias at this size is below the interval's width: the true distance of 1 is inside in most of 60 repeats."""
    real = exactly([1.0, 0.0], np.eye(2), 20_000)
    found = [frechet_interval(RNG.standard_normal((500, 2)), real, resamples=100) for _ in range(60)]
    assert all(one.low <= one.value <= one.high for one in found)
    assert 0.85 <= np.mean([one.low <= 1 <= one.high for one in found])


def test_recall_and_precision_tell_a_missing_mode_from_a_wild_one():
    left, right, more, others = (RNG.normal(at, 1, (300, 2)) for at in (-5, 5, -5, 5))
    both, again = np.concatenate([left, right]), np.concatenate([more, others])
    assert recall(both, again) > 0.9
    assert 0.4 < recall(left, again) < 0.5 and recall(again, left) > 0.9
    assert recall(left, right) == 0


def test_too_few_are_refused():
    with pytest.raises(ConfigError, match="at least two"):
        frechet(np.zeros((1, 3)), np.zeros((5, 3)))
