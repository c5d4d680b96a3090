"""Work in the background: a thread drains a generator item by item, as long as somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import torch

from diffviz.config import ConfigError
from diffviz.runs.slots import CORES, Slots

Item = TypeVar("Item")


class Background(Generic[Item]):
    """Keeps what a generator yields, each item computed in a thread of its own while it holds one of `slots`.

    make: called once, in the thread, for the iterator to drain. The thread ends after the item it is at when `stop` is
    called, when nobody called `items` or `start` for `patience` seconds, and when the interpreter ends; `start` then
    goes on with the same iterator. Whatever the generator raises ends it for good and is told in `error`. Every method
    but `join` returns at once.
    """

    def __init__(
        self,
        make: Callable[[], Iterator[Item]],
        *,
        slots: Slots = CORES,
        patience: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make, self._slots, self._patience, self._clock = make, slots, patience, clock
        self._iterator: Iterator[Item] | None = None
        self._items: list[Item] = []
        self._finished, self._error = False, ""
        self._wanted, self._looked = False, clock()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether the thread is at work, or waits for a slot."""
        return self._thread is not None

    @property
    def finished(self) -> bool:
        """Whether the generator came to its end."""
        return self._finished

    @property
    def error(self) -> str:
        """One sentence on why the generator failed; empty if it did not."""
        return self._error

    def items(self) -> list[Item]:
        """What was yielded so far, oldest first. Somebody looks: the patience begins anew."""
        with self._lock:
            self._looked = self._clock()
            return list(self._items)

    def start(self) -> None:
        """Begin, or go on; nothing happens while it runs, or once it is finished or has failed."""
        with self._lock:
            self._looked, self._wanted = self._clock(), True
            if self._thread is None and not self._finished and not self._error:
                # No daemon: the interpreter waits for the item at work, as no thread may be inside torch while it ends.
                self._thread = threading.Thread(target=self._work, name="diffviz-background", daemon=False)
                self._thread.start()

    def stop(self) -> None:
        """End after the item that is being computed."""
        with self._lock:
            self._wanted = False

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread to end, at most `timeout` seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _work(self) -> None:
        torch.set_num_threads(1)  # per thread: one slot is one core
        while self._goes_on():
            with self._slots.held(self):
                if self._wanted:  # it may have been stopped in line
                    self._advance()

    def _goes_on(self) -> bool:
        """Whether another item is to be computed; where not, `start` makes a new thread from here on."""
        with self._lock:
            over = self._finished or bool(self._error) or not self._wanted
            alone = self._clock() - self._looked > self._patience
            if over or alone or not threading.main_thread().is_alive():
                self._thread = None
                return False
            return True

    def _advance(self) -> None:
        """Compute and keep the next item, or keep why there is none."""
        try:
            if self._iterator is None:
                self._iterator = self._make()
            item = next(self._iterator)
        except StopIteration:
            self._finished = True
        except ConfigError as error:
            self._error = str(error)
        except Exception as error:
            self._error = f"It stopped on an internal error: {type(error).__name__}: {error}"
        else:
            with self._lock:
                self._items.append(item)
