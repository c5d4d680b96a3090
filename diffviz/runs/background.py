"""Work in the background that gives one item after another, on the same computing slots as the training runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar, cast

import torch

from diffviz.cancellation import cancellable
from diffviz.config import ConfigError
from diffviz.runs.slots import CORES, SLICE, Slots, take_slot, turn

T = TypeVar("T")

_END = object()  # after the last item


class _Unwanted(Exception):
    """In line for a slot: nobody wants the next item."""


class Background(Generic[T]):
    """Drains the iterator that `make` gives in a thread of its own, holding one of `slots` for a slice at a time.

    It ends when the iterator does, after `stop`, when nobody called `items` or `start` for `patience` seconds, and when
    the interpreter ends; `start` then goes on with the same iterator. An exception ends it for good, and `error` is
    then a sentence that says so. Every method but `join` returns at once.
    """

    def __init__(
        self,
        make: Callable[[], Iterator[T]],
        *,
        slots: Slots = CORES,
        patience: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.error = ""
        self.finished = False
        self._make, self._slots, self._patience, self._clock = make, slots, patience, clock
        self._iterator: Iterator[T] | None = None
        self._items: list[T] = []
        self._lock = threading.Lock()
        self._stopped = False
        self._looked = clock()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is at work, or in line for a slot."""
        return self._thread is not None

    def start(self) -> None:
        """Begin, or go on after a stop or after nobody looked for a while; nothing once it finished or failed."""
        with self._lock:
            self._looked, self._stopped = self._clock(), False
            if self._thread is None and not (self.finished or self.error):
                # No daemon: the interpreter waits for the item at work, as no thread may be inside torch while it ends.
                self._thread = threading.Thread(target=self._work, name="diffviz-background", daemon=False)
                self._thread.start()

    def stop(self) -> None:
        """End after the item that is being computed, or at once in line for a slot."""
        self._stopped = True

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread to end, at most `timeout` seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def items(self) -> list[T]:
        """What there is so far, oldest first. Somebody looks: the patience begins anew."""
        with self._lock:
            self._looked = self._clock()
            return list(self._items)

    def _work(self) -> None:
        torch.set_num_threads(1)  # per thread: a slot is a core
        try:
            while self._goes_on():
                self._compute_next()
        except ConfigError as error:
            self._fail(str(error))
        except Exception:
            self._fail("This ended by a fault of the program; its log says which.")
            raise

    def _goes_on(self) -> bool:
        """Whether the thread computes another item; where not, `start` makes a new thread from here on."""
        with self._lock:
            if self.finished or self._unwanted:
                self._thread = None
            return self._thread is not None

    def _fail(self, sentence: str) -> None:
        with self._lock:
            self.error, self._thread = sentence, None

    def _compute_next(self) -> None:
        """Compute and keep an item, once there is a slot; nothing if the work is stopped in line."""
        with suppress(_Unwanted), turn(self._slots, SLICE):
            take_slot(self._raise_if_unwanted)
            if self._iterator is None:
                self._iterator = self._make()
            with cancellable(lambda share: take_slot()):  # an item that was begun is not given up
                item = next(self._iterator, _END)
            with self._lock:
                if item is _END:
                    self.finished = True
                else:
                    self._items.append(cast(T, item))

    @property
    def _unwanted(self) -> bool:
        """Whether it was stopped, nobody looks any more, or the interpreter ends."""
        alone = self._clock() - self._looked > self._patience
        return self._stopped or alone or not threading.main_thread().is_alive()

    def _raise_if_unwanted(self) -> None:
        if self._unwanted:
            raise _Unwanted
