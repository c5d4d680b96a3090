"""First come, first served: a few slots, and a line for those who find none free."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Slots:
    """`count` slots. Those who enter get one in the order they came; the first to leave lets the next in.

    Nobody blocks here: an owner gives a `wake` to be called once it holds a slot, and waits on a condition of its own.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._line: dict[object, Callable[[], None]] = {}  # insertion order is the order of arrival
        self._lock = threading.Lock()

    def enter(self, owner: object, wake: Callable[[], None]) -> None:
        """Take a slot or stand in line; an owner who is in it already keeps its place."""
        with self._lock:
            self._line.setdefault(owner, wake)

    def leave(self, owner: object) -> None:
        """Give up the slot, or the place in line; whoever thereby gets a slot is woken."""
        with self._lock:
            if owner not in self._line:
                return
            waiting = list(self._line)[self.count :]
            del self._line[owner]
            next_owner = waiting[0] if waiting and owner not in waiting else None
            wake = self._line.get(next_owner) if next_owner is not None else None
        if wake is not None:
            wake()

    def position(self, owner: object) -> int | None:
        """0 with a slot, 1 for the next to get one, and so on; None for who never entered."""
        with self._lock:
            line = list(self._line)
        return max(0, line.index(owner) - self.count + 1) if owner in line else None

    def holds(self, owner: object) -> bool:
        """Whether the owner has a slot."""
        return self.position(owner) == 0

    @property
    def full(self) -> bool:
        """Whether somebody stands in line."""
        return len(self._line) > self.count


class _Turn:
    """A thread's use of a slot, `slice` seconds at a time while others stand in line."""

    def __init__(self, slots: Slots, slice: float) -> None:
        self._slots, self._slice = slots, slice
        self._woken = threading.Event()
        self._until = 0.0

    def take(self, while_waiting: Callable[[], object]) -> None:
        """Stand in line, and wait for a slot."""
        self._woken.clear()
        self._slots.enter(self, self._woken.set)
        try:
            while not self._slots.holds(self):
                self._woken.wait(_LOOK)
                while_waiting()
        except BaseException:
            self.leave()
            raise
        self._until = time.monotonic() + self._slice

    def leave(self) -> None:
        self._slots.leave(self)

    def offer(self, while_waiting: Callable[[], object]) -> None:
        if self._slots.full and time.monotonic() >= self._until:
            self.leave()
            self.take(while_waiting)


_LOOK = 0.05  # seconds between two calls of `while_waiting`
_turn: ContextVar[_Turn | None] = ContextVar("diffviz.runs.turn", default=None)


def _wait() -> None:
    """Nothing but waiting."""


@contextmanager
def holding_a_slot(slots: Slots, slice: float, while_waiting: Callable[[], object] = _wait) -> Iterator[None]:
    """This thread holds a slot within the block; one that holds a slot already goes on with that.

    slice: seconds after which `offer_slot` hands it to the next in line. while_waiting: called twenty times a second
    in line; what it raises ends the wait and leaves the line.
    """
    if _turn.get() is not None:
        yield
        return
    turn = _Turn(slots, slice)
    turn.take(while_waiting)
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)
        turn.leave()


def offer_slot(while_waiting: Callable[[], object] = _wait) -> None:
    """Called between two steps of a long computation: let the next in line have the slot, and wait to get one again.

    Nothing happens in a thread that holds none, before its slice is over, or where nobody waits.
    """
    turn = _turn.get()
    if turn is not None:
        turn.offer(while_waiting)


# Computing slots, held for a slice of work at a time; one more than cores, as one often waits for Python's lock.
CORES = Slots((os.cpu_count() or 1) + 1)
SLICE = 0.05  # seconds of a computing slot at a time, for work whose end nobody waits for
SEATS = Slots(8)  # training runs that share the cores; others stand in line
