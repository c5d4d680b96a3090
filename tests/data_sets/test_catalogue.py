"""What every data set of the catalogue keeps, and the geometry of each shape."""

import inspect
import pkgutil
from importlib import import_module

import numpy as np
import pytest
import torch

import diffviz.data
from diffviz.config import Choice, ConfigError, Range
from diffviz.data import (
    DATASETS,
    Checkerboard,
    Circles,
    Dataset,
    Letters,
    Normalisation,
    PointSet,
    SCurve,
    Smiley,
    Spirals,
    SwissRoll,
    TwoMoons,
    prepare,
)

every = pytest.mark.parametrize("kind", DATASETS.values(), ids=DATASETS.keys())


def test_every_data_set_is_in_the_catalogue():
    modules = [import_module(f"diffviz.data.{m.name}") for m in pkgutil.iter_modules(diffviz.data.__path__)]
    found = {
        c
        for module in modules
        for _, c in inspect.getmembers(module, inspect.isclass)
        if issubclass(c, Dataset) and not inspect.isabstract(c) and not issubclass(c, PointSet)
    }
    assert found == set(DATASETS.values())


@every
def test_it_says_what_it_is(kind):
    assert kind.title and kind.paper and kind.__doc__
    assert len({k.title for k in DATASETS.values()}) == len(DATASETS)


@every
def test_draws_are_finite_points_that_the_seed_reproduces(kind):
    first, again, other = kind().draw(500, 7), kind().draw(500, 7), kind().draw(500, 8)
    assert first.shape == (500, 2) and first.dtype == np.float64 and np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(1).all()


@every
def test_the_first_points_do_not_depend_on_how_many_are_drawn(kind):
    np.testing.assert_array_equal(kind().draw(1000, 3)[:100], kind().draw(100, 3))


@every
def test_draws_leave_the_global_random_state_alone(kind):
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    kind().draw(10, 0)
    np.testing.assert_array_equal(before[0], np.random.get_state()[1])
    assert torch.equal(before[1], torch.get_rng_state())


@every
def test_every_end_of_every_parameter_draws(kind):
    for parameter in kind.parameters():
        domain = parameter.domain
        ends = [domain.low, domain.high] if isinstance(domain, Range) else []
        ends += list(domain.options) if isinstance(domain, Choice) else []
        for value in ends:
            dataset = kind(**{parameter.name: value})
            assert np.isfinite(dataset.draw(50, 0)).all()
            assert dataset.normalisation.scale > 0


@every
@pytest.mark.parametrize("count", [0, -1, 2.5])
def test_a_count_that_is_none_is_refused(kind, count):
    with pytest.raises(ConfigError, match="number of points"):
        kind().draw(count, 0)


@every
def test_prepared_points_are_normalised_and_go_back(kind):
    dataset = kind()
    data = prepare(dataset, 4000, seed=1)
    assert np.abs(data.points.mean(0)).max() < 0.1
    assert np.sqrt(np.square(data.points).mean()) == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(data.normalisation.invert(data.points), dataset.draw(4000, 1), atol=1e-12)
    assert (data.mixture is None) == (dataset.mixture is None)


@every
def test_prepared_ids_tell_configuration_count_and_seed_apart(kind):
    dataset = kind()
    ids = {prepare(d, n, s).id for d in (dataset, SwissRoll(noise=0.7)) for n in (20, 21) for s in (0, 1)}
    assert len(ids) == 8 and prepare(dataset, 20, 0).id in ids


def test_normalisation_inverts_on_arrays_and_tensors():
    points = np.random.default_rng(0).normal(3, 2, (200, 2)) * [1, 5]
    n = Normalisation.of(points)
    unit = n.apply(points)
    np.testing.assert_allclose(unit.mean(0), 0, atol=1e-12)
    assert np.sqrt(np.square(unit).mean()) == pytest.approx(1)
    np.testing.assert_allclose(n.invert(unit), points)
    np.testing.assert_allclose(n.apply(torch.from_numpy(points)).numpy(), unit)
    assert n.apply(torch.from_numpy(points).float()).dtype == torch.float32


@pytest.mark.parametrize(
    "points", [np.ones((5, 2)), np.array([[1e308, 0], [-1e308, 0]]), np.array([[1e15, 0], [1e15 + 1, 0]])]
)
def test_points_without_a_usable_spread_are_refused(points):
    with pytest.raises(ConfigError, match="must not all be the same"):
        Normalisation.of(points)


def test_on_a_noiseless_swiss_roll_the_radius_is_the_angle():
    points = 8 * SwissRoll(noise=0.0).draw(2000, 0)
    radius = np.hypot(*points.T)
    assert radius.min() >= 1.5 * np.pi and radius.max() <= 4.5 * np.pi
    np.testing.assert_allclose(points, np.stack([radius * np.cos(radius), radius * np.sin(radius)], -1), atol=1e-9)


def test_scale_scales_the_swiss_roll_with_its_noise():
    np.testing.assert_allclose(SwissRoll(scale=1.0).draw(100, 0), 8 * SwissRoll().draw(100, 0))


def test_noise_has_the_stated_standard_deviation():
    noise = SwissRoll(noise=0.3, scale=1.0).draw(20_000, 0) - SwissRoll(noise=0.0, scale=1.0).draw(20_000, 0)
    np.testing.assert_allclose(noise.std(0), 0.3, rtol=0.03)


def test_noiseless_moons_lie_on_two_half_circles():
    points = TwoMoons(noise=0.0).draw(1000, 0)
    upper = np.abs(np.hypot(*points.T) - 1) < 1e-9
    lower = np.abs(np.hypot(points[:, 0] - 1, points[:, 1] - 0.5) - 1) < 1e-9
    assert (upper | lower).all() and 400 < upper.sum() < 600
    assert points[upper, 1].min() >= 0 and points[lower, 1].max() <= 0.5


def test_noiseless_circles_have_the_stated_radii():
    radius = np.hypot(*Circles(rings=3, noise=0.0).draw(3000, 0).T)
    share = [np.isclose(radius, k / 3).mean() for k in (1, 2, 3)]
    np.testing.assert_allclose(share, 1 / 3, atol=0.05)


def test_noiseless_spirals_have_angle_proportional_to_radius():
    points = Spirals(arms=3, turns=2.0, noise=0.0).draw(1000, 0)
    arms = 3 * (np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi) - 2 * np.hypot(*points.T))
    np.testing.assert_allclose(arms, np.round(arms), atol=1e-8)


def test_checkerboard_fills_half_of_the_squares_evenly():
    for cells in (3, 4):
        points = Checkerboard(cells=cells).draw(8000, 0)
        column, row = np.floor((points + 2) * cells / 4).astype(int).T
        assert ((column + row) % 2 == 0).all() and row.min() == 0 and row.max() == cells - 1
        number = np.bincount(column + cells * row)
        number = number[number > 0]
        assert len(number) == (cells**2 + 1) // 2
        assert np.abs(number - number.mean()).max() < 5 * np.sqrt(number.mean())


def test_noiseless_s_curve_lies_on_two_circles():
    x, y = SCurve(noise=0.0).draw(1000, 0).T
    np.testing.assert_allclose(np.hypot(x, np.abs(y) - 1), 1, atol=1e-9)
    middle = np.abs(y) < 0.9
    assert (x * y)[middle].max() <= 0  # an S runs from upper left to lower right, a Z would not


@pytest.mark.parametrize("dataset", [Letters(noise=0.0), Letters(word="DDPM", noise=0.0), Smiley(noise=0.0)])
def test_drawings_spread_points_evenly_on_their_strokes(dataset):
    points = dataset.draw(6000, 0)
    starts = np.concatenate([s[:-1] for s in dataset.strokes()])
    steps = np.concatenate([np.diff(s, axis=0) for s in dataset.strokes()])
    along = np.einsum("nkd,kd->nk", points[:, None] - starts, steps) / np.square(steps).sum(1)
    feet = starts + np.clip(along, 0, 1)[..., None] * steps
    distance = np.hypot(*np.moveaxis(points[:, None] - feet, -1, 0))
    assert distance.min(1).max() < 1e-9
    # Half of the ink lies in half of the strokes' length.
    length = np.hypot(*steps.T)
    first = np.cumsum(length) <= length.sum() / 2
    share = first[distance.argmin(1)].mean()
    assert share == pytest.approx(length[first].sum() / length.sum(), abs=0.035)


def test_words_are_centred():
    points = Letters(word="ODE", noise=0.0).draw(4000, 0)
    np.testing.assert_allclose(points.min(0) + points.max(0), 0, atol=0.05)
