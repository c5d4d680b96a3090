"""One cache for what is computed for a page: results are kept by what they were computed from, within a budget."""

from __future__ import annotations

import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import is_dataclass
from functools import partial, update_wrapper
from statistics import median
from types import ModuleType
from typing import Any, Generic, ParamSpec, TypeVar, cast

import numpy as np

from diffviz.cancellation import cancellable, raise_if_cancelled
from diffviz.parallel import in_parallel, lending
from diffviz.runs.slots import CORES, LONG_SLICE, leave_slot, turn
from diffviz.runs.spare_cores import share_out
from diffviz.ui import cover

P = ParamSpec("P")
R = TypeVar("R")

BUDGET = 128 * 2**20  # bytes of all results together
_REMEMBERED = 5  # how often a function took so long


class Results:
    """The results used last that fit into `budget` bytes, the newest in any case. Many threads may ask at once.

    A result may grow after it was kept, as one does that remembers what it has drawn: all are weighed anew whenever
    one comes in, and what several of them hold together counts once.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._at_work: set[Hashable] = set()
        self._changed = threading.Condition()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def get(
        self, key: Hashable, compute: Callable[[], R], while_waiting: Callable[[], object] = raise_if_cancelled
    ) -> R:
        """What is kept under the key, or what `compute` answers: for all who ask meanwhile it computes once.

        while_waiting: called ten times a second while another thread computes it; what it raises ends the wait.
        """
        with self._changed:
            while key in self._at_work:
                leave_slot()  # whoever computes it may stand in line for one
                self._changed.wait(0.1)
                while_waiting()
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(R, self._kept[key])
            self._at_work.add(key)
        try:
            result = compute()
            with self._changed:
                self._kept[key] = result
                self._drop()
            return result
        finally:
            with self._changed:
                self._at_work.discard(key)
                self._changed.notify_all()

    def kept(self) -> dict[Hashable, Any]:
        """All results by key, the one used last at the end."""
        with self._changed:
            return dict(self._kept)

    def restore(self, results: Mapping[Hashable, Any]) -> None:
        """Hold what `kept` once gave and nothing else."""
        with self._changed:
            self._kept = OrderedDict(results)

    def _drop(self) -> None:
        """Forget the results not used for longest until the rest fit."""
        seen: set[int] = set()
        left = self.budget
        for place, (key, result) in enumerate(reversed(list(self._kept.items()))):
            left -= size_in_bytes(result, seen)
            if left < 0 and place > 0:
                del self._kept[key]


def size_in_bytes(value: object, seen: set[int] | None = None) -> int:
    """About what a result holds: arrays, tensors, texts, and what its fields hold; nothing twice, none of `seen`."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, type | ModuleType):
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return size_in_bytes(value.base, seen) if isinstance(value.base, np.ndarray) else value.nbytes
    parts: list[object] = []
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, tuple | list | set | frozenset | deque):
        parts = list(value)
    elif (torch := sys.modules.get("torch")) is not None and isinstance(value, torch.Tensor):
        return int(value.untyped_storage().nbytes())  # where nobody imported torch, there are no tensors
    elif hasattr(value, "__dict__"):
        parts = list(vars(value).values())
    return sys.getsizeof(value) + sum(size_in_bytes(part, seen) for part in parts)


RESULTS = Results()


class Cached(Generic[P, R]):
    """A function whose results are kept for all sessions; see `cached`."""

    def __init__(self, function: Callable[P, R], doing: str, usual: float) -> None:
        self._function, self._doing, self._usual = function, doing, usual
        self._took: deque[float] = deque(maxlen=_REMEMBERED)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The result, computed if it is not kept."""
        key = self._key(*args, **kwargs)
        self._announce(key)
        with cancellable(_between_steps):
            return RESULTS.get(key, lambda: self._measured(*args, **kwargs), cover.end_if_outdated)

    def starmap(self, arguments: Iterable[tuple[Any, ...]]) -> list[R]:
        """The result for each tuple of arguments, as of `itertools.starmap`; side by side where slots are free."""
        asked = list(arguments)
        for each in asked:
            self._announce(self._key(*each))
        with in_turn(), lending(share_out), cancellable(_between_steps):
            return list(in_parallel(*(partial(self, *each) for each in asked)))

    def _announce(self, key: Hashable) -> None:
        if key not in RESULTS:
            cover.say(self._doing, median(self._took) if self._took else self._usual)

    def _measured(self, *args: P.args, **kwargs: P.kwargs) -> R:
        start = time.perf_counter()
        with in_turn(), lending(share_out):
            cover.take_turn()
            result = self._function(*args, **kwargs)
        self._took.append(time.perf_counter() - start)
        return result

    def _key(self, *args: Any, **kwargs: Any) -> Hashable:
        named = tuple((name, _identity(kwargs[name])) for name in sorted(kwargs))
        return self._function.__module__, self._function.__qualname__, tuple(map(_identity, args)), named


def cached(doing: str, usual: float) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Keep the results of a function for all sessions; while a page waits for one, its picture is covered.

    doing: what the cover says. usual: how many seconds that takes on one core of a common machine, until it has been
    measured on this one. Arguments are told apart by their `repr`, so they must be configurations (frozen dataclasses),
    plain values, or tuples of these; anything else raises `TypeError`. Results are shared between callers, who must
    not change them. A newer choice of the visitor ends the computation. It holds one of the computing slots that
    training runs stand in line for as well, and lends it to the next in line between its steps; what it computes
    `in_parallel` has the slots that are free besides.
    """
    return lambda function: Cached(function, doing, usual)


def in_turn() -> AbstractContextManager[None]:
    """Within this block a computing slot is kept over all that is computed, a slice at a time."""
    return turn(CORES, LONG_SLICE)


def _between_steps(share: float | None = None) -> None:
    cover.end_if_outdated(share)
    cover.take_turn()


def _identity(value: object) -> str:
    """The text that tells an argument from others."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_identity, value))})"
    if value is None or isinstance(value, str | int | float | bool) or is_dataclass(value):
        return repr(value)
    raise TypeError(f"A cached function takes configurations and plain values, got {type(value).__name__}.")
