"""Straightness against paths for which it is known."""

import numpy as np
import pytest

from diffviz.metrics import length_over_chord, straightness

T = np.linspace(0.999, 0.001, 201)  # falling, as samplers visit
ENDS = np.random.default_rng(0).standard_normal((2, 50, 3))


def line(position: np.ndarray) -> np.ndarray:
    """Paths (N + 1, B, D) on the straight lines between ENDS, at shares `position` (N + 1,) of the way."""
    return ENDS[0] + position[:, None, None] * (ENDS[1] - ENDS[0])


def test_straight_lines_at_constant_speed_have_none_and_length_one():
    share = (T - T[0]) / (T[-1] - T[0])
    assert straightness(T, line(share)) == pytest.approx(0, abs=1e-20)
    assert length_over_chord(line(share)) == pytest.approx(1)


def test_straight_lines_at_a_changing_speed_are_counted_by_time_alone():
    """Position s² on the line has speed 2 s, so that S = |chord|² int (2 s - 1)² ds = |chord|² / 3."""
    share = (T - T[0]) / (T[-1] - T[0])
    chord = np.square(ENDS[1] - ENDS[0]).sum(-1).mean()
    assert straightness(T, line(share**2)) == pytest.approx(chord / 3, rel=1e-3)
    assert length_over_chord(line(share**2)) == pytest.approx(1)


@pytest.mark.parametrize("shape", [(4, 2), (4, 1, 2, 1)])
def test_a_half_circle_is_pi_over_two_times_as_long_as_its_chord(shape: tuple[int, ...]):
    """x = r (cos pi s, sin pi s): the speed is pi r, the chord 2 r, and S = r² (pi² - 4)."""
    radius, angle = np.array([0.5, 1.0, 1.5, 2.0]), np.pi * np.linspace(0, 1, 401)
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)[:, None]
    paths = x.reshape(401, *shape)
    assert length_over_chord(paths) == pytest.approx(np.pi / 2, rel=1e-4)
    assert straightness(np.linspace(0, 1, 401), paths) == pytest.approx(
        np.square(radius).mean() * (np.pi**2 - 4), rel=1e-4
    )
