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


# What glibc's `mallopt` is told (malloc.h): few stores, and large blocks mapped on their own, which go back at once.
# Told neither, it moves the second bound up to 32 MB, and what lies between blocks that stay is never given back.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LIMITS = {_TRIM_THRESHOLD: 16 * 2**20, _MMAP_THRESHOLD: 4 * 2**20, _ARENA_MAX: 4}


def limit() -> None:
    """Have the allocator keep less of what is freed; to be called before threads work, as each keeps its store."""
    tell = _of_glibc("mallopt")
    if tell is not None:
        for option, value in _LIMITS.items():
            tell(option, value)


def give_back() -> None:
    """Return the free pages of every thread's store to the system, where its allocator can be asked to."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def give_back_regularly() -> None:
    """Begin to `give_back` every PERIOD seconds, for as long as the process lives; a second call begins nothing."""
    if _of_glibc("malloc_trim") is not None:
        threading.Thread(target=_repeat, name="diffviz-heap", daemon=True).start()


def _repeat() -> None:
    while True:
        time.sleep(PERIOD)
        give_back()


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    """A function of glibc's; None on other systems, whose allocators give back by themselves or cannot be asked."""
    try:
        function: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    return function
