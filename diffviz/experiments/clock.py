"""One clock for runs of different steps."""

from __future__ import annotations

import numpy as np

from diffviz.protocols import Array, Schedule


def clock_positions(t: Array, schedule: Schedule) -> Array:
    """Where visited times t (F,) stand on a clock even in t: (F,) from 0 at t_max to 1 at t_min.

    The first is put at 0 and the last at 1, so that all runs start and end together. Where the time does not move, as
    in Langevin dynamics at one noise level, the positions are even.
    """
    if t[0] == t[-1]:
        return np.linspace(0.0, 1.0, len(t))
    positions: Array = ((schedule.t_max - t) / (schedule.t_max - schedule.t_min)).clip(0.0, 1.0)
    positions[0], positions[-1] = 0.0, 1.0
    return positions
