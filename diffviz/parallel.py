"""Independent parts of one computation, side by side where whoever runs it has further cores to lend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, overload

R = TypeVar("R")
S = TypeVar("S")
Lender = Callable[[Sequence[Callable[[], Any]]], list[Any]]

_lender: ContextVar[Lender | None] = ContextVar("diffviz.parallel", default=None)


@contextmanager
def lending(run: Lender) -> Iterator[None]:
    """Within this block of this thread, `in_parallel` has `run` compute its tasks."""
    token = _lender.set(run)
    try:
        yield
    finally:
        _lender.reset(token)


@overload
def in_parallel(first: Callable[[], R], second: Callable[[], S], /) -> tuple[R, S]: ...


@overload
def in_parallel(*tasks: Callable[[], R]) -> tuple[R, ...]: ...


def in_parallel(*tasks: Callable[[], Any]) -> tuple[Any, ...]:
    """What each task returns, in their order; the longest comes first, so that none is left alone at the end.

    The tasks share nothing that they change, and none needs another's result: which core computes which makes no
    difference. Where no cores are lent, as in a script, they are computed one after another.
    """
    run = _lender.get()
    return tuple(task() for task in tasks) if run is None else tuple(run(tasks))
