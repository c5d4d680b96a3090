"""First come, first served: a few places, and a line for those who find none free."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Slots:
    """`count` places. Those who enter get one in the order they came; the first to leave lets the next in.

    Nobody blocks here: a guest gives a `wake` to be called once it holds a place, and waits on its own condition.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._line: dict[object, Callable[[], None]] = {}  # insertion order is the order of arrival
        self._lock = threading.Lock()

    def enter(self, owner: object, wake: Callable[[], None]) -> None:
        """Take a place or stand in line; a guest already here keeps where it stands."""
        with self._lock:
            self._line.setdefault(owner, wake)

    def leave(self, owner: object) -> None:
        """Give up the place, or the line; who thereby comes inside is woken."""
        with self._lock:
            if owner not in self._line:
                return
            outside = list(self._line)[self.count :]
            del self._line[owner]
            freed = outside[0] if outside and owner not in outside else None
            wake = self._line.get(freed) if freed is not None else None
        if wake is not None:
            wake()

    def position(self, owner: object) -> int | None:
        """0 inside, 1 for the next to come in, and so on; None for who never entered."""
        with self._lock:
            here = list(self._line)
        return max(0, here.index(owner) - self.count + 1) if owner in here else None

    def holds(self, owner: object) -> bool:
        """Whether the guest has a place."""
        return self.position(owner) == 0
