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
    def free(self) -> int:
        """How many slots nobody has."""
        return max(0, self.count - len(self._line))

    @property
    def full(self) -> bool:
        """Whether somebody stands in line."""
        return len(self._line) > self.count


class _Turn:
    """A thread's use of a slot, `slice` seconds at a time while others stand in line."""

    def __init__(self, slots: Slots, slice: float, check: Callable[[], object]) -> None:
        self._slots, self._slice, self._check = slots, slice, check
        self._woken = threading.Event()
        self._until = 0.0

    def take(self, while_waiting: Callable[[], object]) -> None:
        """Have a slot: the one that is held, unless its slice is over and somebody waits, else the next in line."""
        self._check()
        if self._slots.holds(self):
            if not self._slots.full or time.monotonic() < self._until:
                return
            self.leave()
        self._woken.clear()
        self._slots.enter(self, self._woken.set)
        try:
            while not self._slots.holds(self):
                self._woken.wait(_LOOK)
                self._check()
                while_waiting()
        except BaseException:
            self.leave()
            raise
        self._until = time.monotonic() + self._slice

    def leave(self) -> None:
        self._slots.leave(self)


_LOOK = 0.15  # seconds between two calls of `while_waiting`
_turn: ContextVar[_Turn | None] = ContextVar("diffviz.runs.turn", default=None)


def _wait() -> None:
    """Nothing but waiting."""


@contextmanager
def turn(slots: Slots, slice: float, check: Callable[[], object] = _wait) -> Iterator[None]:
    """Within this block the thread may take a slot, which it has, a slice at a time, until the block ends.

    slice: seconds. check: called whenever a slot is asked for, and in line; what it raises ends the computation. A
    block within a block is no other turn.
    """
    if _turn.get() is not None:
        yield
        return
    own = _Turn(slots, slice, check)
    token = _turn.set(own)
    try:
        yield
    finally:
        _turn.reset(token)
        own.leave()


def take_slot(while_waiting: Callable[[], object] = _wait) -> None:
    """Called before a computation and between its steps: wait for a slot, or go on with the one that is held.

    Once its slice is over and somebody stands in line, the slot is the next one's, and the thread waits for another.
    while_waiting: called twenty times a second in line; what it raises ends the wait and leaves the line. Nothing
    happens in a thread that has no turn.
    """
    own = _turn.get()
    if own is not None:
        own.take(while_waiting)


def leave_slot() -> None:
    """Called before a wait for something else than a slot: let the next in line have it."""
    own = _turn.get()
    if own is not None:
        own.leave()


CORES = Slots(os.cpu_count() or 1)  # computing slots, held for a slice of work at a time
SLICE = 0.05  # seconds of a computing slot at a time, for work whose end nobody waits for
LONG_SLICE = 4.0  # for an answer that a visitor waits for: most are ready within one, and short ones wait less
SEATS = Slots(8)  # training runs that share the cores; others stand in line
