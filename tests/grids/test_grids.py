"""Grids fall from t_max to t_min and space what they say."""

import math

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.grids import (
    GRIDS,
    HandPlaced,
    Karras,
    Leading,
    Linspace,
    QuadraticTime,
    Trailing,
    UniformLogSNR,
    UniformTime,
)
from diffviz.schedules import SCHEDULES, DiscreteDDPM, LinearVP


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("grid", GRIDS)
def test_grids_fall_between_the_ends(grid, schedule):
    within = SCHEDULES[schedule]()
    for steps in (1, 2, 37):
        times = GRIDS[grid]().times(within, steps)
        assert times.shape == (steps + 1,)
        assert times[-1] == within.t_min and (np.diff(times) < 0).all()
        assert (times[0] == within.t_max) == GRIDS[grid].whole


COUNTS = (1, 2, 3, 7, 10, 50, 77, 100, 333, 499, 500, 501, 666, 667, 999, 1000, 1001, 2000, 4000)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("grid", GRIDS)
def test_a_grid_of_any_permitted_count_has_a_noise_level_for_every_time_or_says_that_there_is_no_room(grid, schedule):
    """In float64 as they stand, since samplers divide by the differences."""
    within, some = SCHEDULES[schedule](), GRIDS[grid]()
    refused = []
    for steps in COUNTS:
        try:
            times = some.times(within, steps)
        except ConfigError as error:
            assert str(error) == f"{some.title} has no room for {steps:,} steps on this schedule."
            refused.append(steps)
            continue
        lam = within.lam(times)
        assert times.shape == (steps + 1,) and times.dtype == np.float64 and np.isfinite(lam).all()
        assert times[0] <= within.t_max and times[-1] == within.t_min
        assert (np.diff(times) < 0).all() and (np.diff(lam) > 0).all()
    levels = getattr(some, "levels", math.inf)  # only whole levels can be too few
    assert all(steps > levels / 2 for steps in refused)
    assert set(refused) >= {steps for steps in COUNTS if steps > levels}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("levels", [10, 20, 1000])
def test_as_many_steps_as_levels_leave_the_leading_grid_no_room(levels, schedule):
    """Its last level is the second, so its first would stand above the noisiest."""
    within = SCHEDULES[schedule]()
    with pytest.raises(ConfigError, match="no room"):
        Leading(levels=levels).times(within, levels)
    assert Leading(levels=levels).times(within, levels - 1)[0] <= within.t_max


def test_each_spaces_its_own_quantity():
    schedule = LinearVP()
    spaced = {
        UniformTime(): lambda t: t,
        QuadraticTime(): np.sqrt,
        UniformLogSNR(): schedule.lam,
        Karras(): lambda t: np.exp(-schedule.lam(t)) ** (1 / 7),
        Karras(rho=1.0): lambda t: np.exp(-schedule.lam(t)),
    }
    for grid, of in spaced.items():
        gaps = np.diff(of(grid.times(schedule, 20)))
        np.testing.assert_allclose(gaps, gaps[0], rtol=1e-6)


def test_no_steps_is_refused():
    with pytest.raises(ConfigError, match="at least 1 step"):
        UniformTime().times(LinearVP(), 0)


@pytest.mark.parametrize(
    ("grid", "timesteps"),
    [
        (Leading(), [801, 601, 401, 201, 1]),
        (Trailing(), [999, 799, 599, 399, 199]),
        (Linspace(), [999, 799, 599, 400, 200]),
    ],
)
def test_the_discrete_spacings_are_those_of_public_schedulers(grid, timesteps):
    """Their timesteps count from 0, with the usual offset of 1 for the leading one."""
    levels = grid.times(DiscreteDDPM(), 5)[:-1] * 1000
    np.testing.assert_allclose(levels - 1, timesteps, atol=1e-9)


def test_leading_starts_from_pure_noise_where_there_is_still_signal():
    schedule = LinearVP()
    assert schedule.alpha(float(Leading().times(schedule, 5)[0])) > 5 * schedule.alpha(schedule.t_max)


@pytest.mark.parametrize("grid", [Leading(levels=20), Trailing(levels=20), Linspace(levels=20)])
def test_more_steps_than_levels_are_refused(grid):
    with pytest.raises(ConfigError, match="no room for 40 steps"):
        grid.times(LinearVP(), 40)


def test_hand_placed_shares_are_met_and_carried_to_other_numbers_of_steps():
    schedule, shares = LinearVP(), (0.2, 0.3, 0.8)
    lam = schedule.lam(HandPlaced(shares=shares).times(schedule, 4))
    np.testing.assert_allclose((lam - lam[0]) / (lam[-1] - lam[0]), [0.0, *shares, 1.0], atol=1e-9)
    twice = schedule.lam(HandPlaced(shares=shares).times(schedule, 8))
    np.testing.assert_allclose(twice[::2], lam, atol=1e-9)
    even = HandPlaced(shares=(0.25, 0.5, 0.75)).times(schedule, 12)
    np.testing.assert_allclose(even, UniformLogSNR().times(schedule, 12), rtol=1e-9)


@pytest.mark.parametrize("shares", [(0.5, 0.4), (0.0, 0.5), (0.5, 1.0), (float("nan"),)])
def test_shares_that_do_not_rise_are_refused(shares):
    with pytest.raises(ConfigError, match="rise between 0 and 1"):
        HandPlaced(shares=shares)
