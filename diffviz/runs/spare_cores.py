"""Threads that take over parts of another's computation while a core has nothing to do."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import cache
from typing import Any

from diffviz.cancellation import cancellable, raise_if_cancelled
from diffviz.runs.slots import CORES, LONG_SLICE, Slots, take_slot, turn

_LOOK = 0.05  # seconds between two questions whether the result is still wanted


class _Unwanted(BaseException):
    """Nobody waits for the task any more."""


class _Batch:
    """Tasks that several threads take one after another, and what came of each."""

    def __init__(self, tasks: Sequence[Callable[[], Any]]) -> None:
        self._left = deque(enumerate(tasks))
        self.results: list[Any] = [None] * len(tasks)
        self.given_up = False

    def work(self) -> None:
        """Compute what nobody has taken, until nothing is left."""
        while self._left:
            try:
                place, task = self._left.popleft()
            except IndexError:  # another thread was faster
                return
            self.results[place] = task()

    def give_up(self) -> None:
        """Leave the rest; what is at work ends at its next step."""
        self.given_up = True
        self._left.clear()

    def raise_if_given_up(self) -> None:
        """Called by a helper in line in the midst of a task."""
        if self.given_up or not threading.main_thread().is_alive():
            raise _Unwanted

    def raise_if_taken(self) -> None:
        """Called by a helper in line for its first task."""
        self.raise_if_given_up()
        if not self._left:
            raise _Unwanted


def share_out(tasks: Sequence[Callable[[], Any]], slots: Slots = CORES) -> list[Any]:
    """What each task returns: this thread computes them in their order, and helpers do where `slots` are free.

    The first exception, of this thread or of a helper, ends all of them. A task may share out its own: a helper that
    is done with its part then takes over some of these.
    """
    batch = _Batch(tasks)
    helping = [_pool(slots.count).submit(_help, batch, slots) for _ in range(min(len(tasks), slots.count) - 1)]
    try:
        batch.work()
        _await([helper for helper in helping if not helper.cancel()])
    except BaseException:
        batch.give_up()
        raise
    return batch.results


def _await(helping: Sequence[Future[None]]) -> None:
    while wait(helping, _LOOK).not_done:
        raise_if_cancelled()
    for helper in helping:
        helper.result()


def _help(batch: _Batch, slots: Slots) -> None:
    """Take part in a batch on a slot of its own, if one is free."""
    if not slots.free:
        return
    import torch  # not before it is needed: a page without it would wait for it

    torch.set_num_threads(1)  # per thread: a slot is a core

    with suppress(_Unwanted), turn(slots, LONG_SLICE, batch.raise_if_given_up), cancellable(lambda share: take_slot()):
        take_slot(batch.raise_if_taken)
        try:
            batch.work()
        except BaseException:
            batch.give_up()
            raise


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, count - 1), thread_name_prefix="diffviz-helper")
