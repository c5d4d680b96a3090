"""Axes that stand still while what is drawn on them grows."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.scenes.limits import round_limits, step_limits


@pytest.mark.parametrize(
    ("values", "limits"),
    [([0.3, 1.1], (0.2, 2.0)), ([0.2, 2.0], (0.2, 2.0)), ([7.0], (5.0, 10.0)), ([1e-8, 980.0], (1e-8, 1e3))],
)
def test_limits_are_the_nearest_round_numbers(values: list[float], limits: tuple[float, float]) -> None:
    assert round_limits(np.array(values)) == pytest.approx(limits)


def test_limits_hold_all_that_a_logarithmic_axis_can_show() -> None:
    values = 10 ** np.random.default_rng(0).uniform(-9, 9, 500)
    for value in (*values, *10.0 ** np.arange(-8, 9)):
        low, high = round_limits(value) or (np.nan, np.nan)
        assert low <= value <= high and 1 < high / low < 5.1
    assert round_limits(np.array([0.0, np.nan, 3.0]), 4.0) == (2.0, 5.0)
    assert round_limits(np.array([0.0, np.inf])) is None


def test_a_run_of_one_step_has_an_axis() -> None:
    assert step_limits(1) == (1, 2) and step_limits(400) == (1, 400)
