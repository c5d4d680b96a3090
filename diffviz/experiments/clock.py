"""One clock for runs that stop at different times: even in t, from noise to data."""

from __future__ import annotations

import numpy as np

from diffviz.protocols import Array, Schedule


def clock_positions(t: Array, schedule: Schedule) -> Array:
    """Where visited times (F,) stand on a clock even in t, 0 at t_max and 1 at t_min; the ends stand at its ends.

    Where the time does not move, the steps are even.
    """
    if t[0] == t[-1]:
        return np.linspace(0.0, 1.0, len(t))
    positions = ((schedule.t_max - t) / (schedule.t_max - schedule.t_min)).clip(0.0, 1.0)
    positions[0], positions[-1] = 0.0, 1.0
    return positions
