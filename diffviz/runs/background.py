"""Work in the background that answers one item after another, on the same computing slots as the training runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from diffviz.config import ConfigError
from diffviz.runs.run import CORES
from diffviz.runs.slots import Slots

T = TypeVar("T")


class Background(Generic[T]):
    """Drains the iterator that `make` answers in a thread of its own, holding a slot for an item at a time.

    It ends when the iterator does, after `stop`, or when nobody has looked for `patience` seconds; then `start` goes on
    where it was. An exception ends it for good; `error` is then a sentence that says so.
    """

    def __init__(self, make: Callable[[], Iterator[T]], *, slots: Slots = CORES, patience: float = 20.0) -> None:
        self.error = ""
        self.finished = False
        self._make, self._slots, self._patience = make, slots, patience
        self._iterator: Iterator[T] | None = None
        self._items: list[T] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._touched = time.monotonic()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, or go on after a stop or after nobody looked for a while."""
        with self._changed:
            self._touched = time.monotonic()
            self._stopped = False
            if not (self.running or self.finished or self.error):
                self._thread = threading.Thread(target=self._work, name="diffviz-background", daemon=False)
                self._thread.start()

    def stop(self) -> None:
        """End after the item that is being computed."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread to end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def items(self) -> list[T]:
        """What there is so far; touches the work."""
        with self._changed:
            self._touched = time.monotonic()
            return list(self._items)

    def _work(self) -> None:
        try:
            while self._wanted() and self._next():
                pass
        except ConfigError as error:
            self.error = str(error)
        except Exception:
            self.error = "This ended by a fault of the program; its log says which."
            raise

    def _next(self) -> bool:
        """Compute one item on a slot; False when there is none left or the work was stopped in line."""
        self._slots.enter(self, self._wake)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._slots.holds(self) or self._stopped, timeout=self._patience)
            if not self._slots.holds(self):
                return self._wanted()
            if self._iterator is None:
                self._iterator = self._make()
            item = next(self._iterator)
        except StopIteration:
            self.finished = True
            return False
        finally:
            self._slots.leave(self)
        with self._changed:
            self._items.append(item)
        return True

    def _wanted(self) -> bool:
        """Not when the interpreter ends: no thread may be inside torch then."""
        patient = time.monotonic() - self._touched <= self._patience
        return not self._stopped and patient and threading.main_thread().is_alive()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
