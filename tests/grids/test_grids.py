"""Grids fall from t_max to t_min and space what they say."""

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.grids import GRIDS, QuadraticTime, UniformLogSNR, UniformTime
from diffviz.schedules import SCHEDULES, LinearVP


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("grid", GRIDS)
def test_grids_fall_between_the_ends(grid, schedule):
    within = SCHEDULES[schedule]()
    for steps in (1, 2, 37):
        times = GRIDS[grid]().times(within, steps)
        assert times.shape == (steps + 1,)
        assert (times[0], times[-1]) == (within.t_max, within.t_min)
        assert (np.diff(times) < 0).all()


def test_each_spaces_its_own_quantity():
    schedule = LinearVP()
    for grid, of in ((UniformTime, lambda t: t), (QuadraticTime, np.sqrt), (UniformLogSNR, schedule.lam)):
        gaps = np.diff(of(grid().times(schedule, 20)))
        np.testing.assert_allclose(gaps, gaps[0], rtol=1e-6)


def test_no_steps_is_refused():
    with pytest.raises(ConfigError, match="at least 1 step"):
        UniformTime().times(LinearVP(), 0)
