"""Distances between sets of points, held against values known in closed form."""

import inspect
import pkgutil
from importlib import import_module

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

import diffviz.metrics
from diffviz.config import ConfigError
from diffviz.data import Ring, SwissRoll
from diffviz.metrics import METRICS, MMD, Metric, SlicedWasserstein, energy_distance, floor, mmd, sliced_w2

every = pytest.mark.parametrize("kind", METRICS.values(), ids=METRICS.keys())
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(300, 2)), RANDOM.normal(0.5, 1.5, size=(200, 2))


def test_every_metric_is_in_the_catalogue():
    modules = [import_module(f"diffviz.metrics.{m.name}") for m in pkgutil.iter_modules(diffviz.metrics.__path__)]
    classes = [c for module in modules for _, c in inspect.getmembers(module, inspect.isclass)]
    assert {c for c in classes if issubclass(c, Metric) and not inspect.isabstract(c)} == set(METRICS.values())


@every
def test_it_is_a_distance(kind):
    metric = kind()
    assert kind.title and kind.paper and kind.latex
    assert metric(X, X) == pytest.approx(0, abs=1e-12)
    assert metric(X, RANDOM.permutation(X)) == pytest.approx(0, abs=1e-12)
    assert metric(X, Y) > 0.01
    assert metric(X, Y) == pytest.approx(metric(Y, X), rel=1e-12)
    assert metric(X + 7, Y + 7) == pytest.approx(metric(X, Y), rel=1e-9)
    if kind is not MMD:  # bounded kernels saturate
        assert metric(3 * X, 3 * Y) > metric(X, Y)


@every
def test_a_repeated_set_is_the_same_distribution(kind):
    """Sizes differ, distributions do not: every point of X counts three times."""
    assert kind()(X, np.repeat(X, 3, axis=0)) == pytest.approx(0, abs=1e-9)
    assert kind()(Y, np.repeat(X, 3, axis=0)) == pytest.approx(kind()(Y, X), rel=1e-9)


@every
def test_arrays_tensors_and_images_are_measured_alike(kind):
    metric = kind()
    assert metric(torch.from_numpy(X), torch.from_numpy(Y)) == metric(X, Y)
    images = torch.rand(10, 1, 4, 4), torch.rand(12, 1, 4, 4)
    assert metric(*images) == metric(*(v.flatten(1) for v in images)) > 0


@every
def test_sets_that_cannot_be_compared_are_refused(kind):
    for other in (np.empty((0, 2)), np.zeros((5, 3))):
        with pytest.raises(ConfigError, match="cannot be compared"):
            kind()(X, other)


def test_sliced_w2_of_a_shift_is_its_length_over_root_two():
    """Along an angle the shift is |s| cos, and cos² averages to a half over evenly spaced angles."""
    assert sliced_w2(X, X + np.array([3, 4])) == pytest.approx(5 / np.sqrt(2), rel=1e-12)


def test_sliced_w2_of_a_scaling():
    """A centred set scaled by 1 + c is c times its own projections away: c times its root mean square."""
    centred = X - X.mean(0)
    expected = 0.5 * np.sqrt(np.square(centred).sum(1).mean() / 2)
    assert sliced_w2(centred, 1.5 * centred) == pytest.approx(expected, rel=1e-12)


def test_one_direction_of_unequal_sizes_is_the_integral_over_quantiles():
    """Along the single direction (0, 1), by a fine midpoint rule that hits every piece: 300 and 200 divide 600."""
    level = (np.arange(600) + 0.5) / 600
    p, q = np.sort(X[:, 1])[(300 * level).astype(int)], np.sort(Y[:, 1])[(200 * level).astype(int)]
    assert sliced_w2(X, Y, directions=1) == pytest.approx(np.sqrt(np.square(p - q).mean()), rel=1e-12)
    # W1 by another implementation bounds W2 from below.
    assert sliced_w2(X, Y, directions=1) >= wasserstein_distance(X[:, 1], Y[:, 1])


def test_sliced_w2_in_many_dimensions_depends_on_its_seed_alone():
    x, y = RANDOM.normal(size=(50, 5)), RANDOM.normal(1, 1, size=(50, 5))
    assert sliced_w2(x, y, seed=1) == sliced_w2(x, y, seed=1) != sliced_w2(x, y, seed=2)
    assert sliced_w2(x, x + 1, directions=4000) == pytest.approx(1, rel=0.05)  # |s|² / D = 1


def test_energy_distance_equals_its_definition():
    expected = 2 * cdist(X, Y).mean() - cdist(X, X).mean() - cdist(Y, Y).mean()
    assert energy_distance(X, Y) == pytest.approx(expected, rel=1e-10)


def test_mmd_equals_its_definition():
    def kernel(a, b):
        return np.mean([np.exp(-cdist(a, b, "sqeuclidean") / (2 * w**2)).mean() for w in (0.125, 0.25, 0.5, 1, 2)])

    assert mmd(X, Y) == pytest.approx(np.sqrt(kernel(X, X) + kernel(Y, Y) - 2 * kernel(X, Y)), rel=1e-9)


def test_energy_distance_between_two_points():
    assert energy_distance(np.zeros((1, 2)), np.array([[3.0, 4.0]])) == pytest.approx(10)


@every
def test_the_floor_falls_with_more_points_and_reproduces(kind):
    metric, draw = kind(), Ring().draw
    few, many = floor(metric, draw, 100, pairs=20), floor(metric, draw, 1000, pairs=20)
    assert many.mean + 3 * many.error < few.mean - 3 * few.error
    assert few == floor(metric, draw, 100, pairs=20) != floor(metric, draw, 100, pairs=20, seed=1000)


def test_the_floor_states_its_standard_error():
    distances = iter([1.0, 2.0, 3.0, 4.0])
    found = floor(lambda x, y: next(distances), Ring().draw, 2, pairs=4)
    assert found.mean == 2.5 and found.error == pytest.approx(np.std([1, 2, 3, 4], ddof=1) / 2)
    assert found.spread == pytest.approx(np.std([1, 2, 3, 4], ddof=1))  # of a single pair
    with pytest.raises(ConfigError, match="at least 2 pairs"):
        floor(energy_distance, Ring().draw, 2, pairs=1)


def test_the_floor_of_the_swiss_roll_with_5000_points():
    """About 0.025, which the training benchmark is measured against."""
    found = floor(SlicedWasserstein(), SwissRoll().draw, 5000, pairs=20)
    assert found.mean == pytest.approx(0.025, abs=4 * found.error)
