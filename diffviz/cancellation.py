"""Cancelling a computation whose result nobody waits for any more: it asks between its steps whether to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Check = Callable[[float | None], None]

_check: ContextVar[Check | None] = ContextVar("diffviz.cancellation", default=None)


@contextmanager
def cancellable(check: Check) -> Iterator[None]:
    """Within this block of this thread, whatever computes calls `check` between its steps; what it raises ends it.

    It is told which share of the work is done, from 0 to 1, or None where that is not known.

    Nothing is to catch that: let it be no `Exception`, as `asyncio.CancelledError` is none. Another thread is not
    concerned, so that work in the background goes on.
    """
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def raise_if_cancelled(share: float | None = None) -> None:
    """Called by every long computation between its steps: once a network call, a gradient step or a measured pair."""
    check = _check.get()
    if check is not None:
        check(share)
