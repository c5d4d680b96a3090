"""When a run looks at its network again: often enough to be watched, seldom enough to learn."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TRAINING_PER_LOOK = 4.0  # work on training for each second of work on looks, at least


class Looks:
    """A look is due `every` seconds, once the run has trained TRAINING_PER_LOOK times as long as the last look took.

    Both are counted in the thread's own work, as the wall time of a run that shares a processor passes while it waits.
    Belongs to the thread that trains. work_clock: seconds that the calling thread has computed.
    """

    def __init__(self, every: float, work_clock: Callable[[], float] = time.thread_time) -> None:
        self.every, self._work_clock = every, work_clock
        self._seen = self._worked = -math.inf
        self._cost = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time for the next look."""
        trained = self._work_clock() - self._worked
        return time.perf_counter() - self._seen >= self.every and trained >= TRAINING_PER_LOOK * self._cost

    @contextmanager
    def look(self) -> Iterator[None]:
        """Count what is done within as a look."""
        before = self._work_clock()
        yield
        self._seen, self._worked = time.perf_counter(), self._work_clock()
        self._cost = self._worked - before
