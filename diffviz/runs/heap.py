"""Memory that finished work has freed, given back to the system.

The allocator keeps what is freed for later requests, in a store of its own for every thread that works: after a lesson
a server would go on holding the largest moments of all sessions.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from functools import cache

PERIOD = 10.0  # seconds between two returns: short beside a lesson, long beside the 60 ms that one takes at the most


def give_back() -> None:
    """Return the free pages of every thread's store to the system, where its allocator can be asked to."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def give_back_regularly() -> None:
    """Begin to `give_back` every PERIOD seconds, for as long as the process lives; a second call begins nothing."""
    if _malloc_trim() is not None:
        threading.Thread(target=_repeat, name="diffviz-heap", daemon=True).start()


def _repeat() -> None:
    while True:
        time.sleep(PERIOD)
        give_back()


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    """glibc's; None on other systems, whose allocators give back by themselves or cannot be asked."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return trim
