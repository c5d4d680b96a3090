"""First come, first served: a few slots, and a line for those who find none free."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


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


CORES = Slots(os.cpu_count() or 1)  # computing slots, held for a slice of training or an item of other work
SEATS = Slots(8)  # training runs that share the cores; others stand in line
