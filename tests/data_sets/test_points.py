"""Points drawn by hand or uploaded: what is accepted, what is drawn from them, and what is said of bad ones."""

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.data import DrawnPoints, UploadedPoints, prepare


def circle(n: int = 40) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return 100 * np.stack([np.cos(angle), np.sin(angle)], -1) + 300


def test_uploaded_points_are_drawn_as_they_are():
    data = UploadedPoints(circle())
    drawn = data.draw(2000, seed=0)
    number = [(np.abs(drawn - p).max(1) == 0).sum() for p in circle()]
    assert sum(number) == 2000 and min(number) > 0


def test_smoothing_is_a_share_of_the_points_own_spread():
    data = DrawnPoints(circle(), smoothing=0.1)
    away = np.hypot(*(data.draw(20_000, 0) - DrawnPoints(circle(), smoothing=0.0).draw(20_000, 0)).T)
    rms = np.sqrt(np.square(circle() - 300).mean())
    assert np.sqrt(np.square(away).mean() / 2) == pytest.approx(0.1 * rms, rel=0.03)


def test_the_mouse_gives_a_list_of_pairs():
    pairs = circle().tolist()
    np.testing.assert_array_equal(DrawnPoints(pairs).draw(50, 1), DrawnPoints(circle()).draw(50, 1))


def test_the_seed_reproduces_and_the_first_points_do_not_depend_on_the_count():
    data = DrawnPoints(circle())
    np.testing.assert_array_equal(data.draw(500, 2)[:30], data.draw(30, 2))
    assert (data.draw(30, 2) != data.draw(30, 3)).any()


def test_identity_follows_the_points_and_the_smoothing():
    moved = circle()
    moved[3, 1] += 1e-9
    same, others = DrawnPoints(circle()), [DrawnPoints(moved), DrawnPoints(circle(), 0.05), UploadedPoints(circle())]
    assert repr(same) == repr(DrawnPoints(circle()))
    assert len({repr(d) for d in [same, *others]}) == 4
    assert prepare(same, 20, 0).id != prepare(others[0], 20, 0).id


def test_later_changes_to_the_callers_array_do_not_reach_the_data():
    points = circle()
    data = UploadedPoints(points)
    before = repr(data)
    points[0] = 0
    assert (data.points != 0).all() and repr(UploadedPoints(data.points)) == before


def test_prepared_points_are_normalised_by_the_points_themselves():
    data = prepare(UploadedPoints(circle()), 4000, 0)
    np.testing.assert_allclose(data.normalisation.shift, 300)
    assert np.sqrt(np.square(data.points).mean()) == pytest.approx(1, abs=0.02)
    assert data.mixture is None


@pytest.mark.parametrize(
    "points, words",
    [
        ([], "Between 16 and 20,000 points are needed, got 0."),
        (circle(15), "Between 16 and 20,000 points are needed, got 15."),
        (np.random.default_rng(0).random((20_001, 2)), "Between 16 and 20,000 points are needed, got 20,001."),
        ([[0, 0]] * 16, "must not all be the same"),
        ([[0, 1, 2]] * 16, "pair of numbers"),
        ([[0, 1]] * 15 + [[0]], "pair of numbers"),
        ([["a", 1]] * 16, "pair of numbers"),
        ([*circle().tolist()[:20], [0, float("nan")]], "Point 21 is not finite."),
        ([[0, 10**400]] * 16, "pair of numbers"),
        (5, "pair of numbers"),
    ],
)
def test_bad_points_are_refused_in_one_sentence(points, words):
    with pytest.raises(ConfigError, match=words):
        DrawnPoints(points)


def test_smoothing_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="smoothing"):
        DrawnPoints(circle(), smoothing=3.0)
