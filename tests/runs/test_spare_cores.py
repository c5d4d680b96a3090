"""Tasks that are shared out give what they give one after another, in their order, and end together."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from diffviz.cancellation import cancellable, raise_if_cancelled
from diffviz.parallel import in_parallel, lending
from diffviz.runs.slots import Slots, take_slot, turn
from diffviz.runs.spare_cores import share_out


class Outdated(BaseException):
    pass


def wait_for(event: threading.Event) -> None:
    assert event.wait(30)


def test_without_cores_to_lend_tasks_are_computed_one_after_another_by_this_thread():
    threads = in_parallel(*[threading.get_ident] * 3)
    assert threads == (threading.get_ident(),) * 3


def test_a_free_slot_computes_beside_this_thread():
    slots, both = Slots(2), threading.Barrier(2)

    def task(name: str) -> tuple[str, int]:
        both.wait(30)  # passed only if two threads are at work at once
        return name, threading.get_ident()

    with turn(slots, slice=60.0), lending(partial(share_out, slots=slots)):
        take_slot()
        results = in_parallel(partial(task, "a"), partial(task, "b"))
    assert [name for name, _ in results] == ["a", "b"]
    assert len({thread for _, thread in results}) == 2
    assert slots.free == 2


def test_without_a_free_slot_nobody_helps():
    slots = Slots(2)
    slots.enter("another", lambda: None)
    with turn(slots, slice=60.0), lending(partial(share_out, slots=slots)):
        take_slot()
        assert in_parallel(*[threading.get_ident] * 4) == (threading.get_ident(),) * 4


def test_results_stand_in_the_order_of_their_tasks_whoever_was_faster():
    slots = Slots(3)
    with turn(slots, slice=60.0), lending(partial(share_out, slots=slots)):
        take_slot()
        assert in_parallel(*(partial(pow, k, 2) for k in range(100))) == tuple(k * k for k in range(100))


def test_a_fault_in_a_helper_is_this_threads_fault_too():
    slots, begun = Slots(2), threading.Event()

    def fail() -> None:
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            raise ValueError("of the helper")
        wait_for(begun)

    with turn(slots, slice=60.0), lending(partial(share_out, slots=slots)):
        take_slot()
        with pytest.raises(ValueError, match="of the helper"):
            in_parallel(fail, fail)
    assert slots.free == 2


def test_a_cancelled_computation_ends_its_helpers_between_their_steps():
    slots, at_work, ended = Slots(2), threading.Event(), threading.Event()

    def task() -> None:
        if threading.current_thread() is threading.main_thread():
            wait_for(at_work)
            raise Outdated
        at_work.set()
        try:
            while True:
                raise_if_cancelled()
        finally:
            ended.set()

    with turn(slots, slice=60.0), lending(partial(share_out, slots=slots)):
        take_slot()
        with pytest.raises(Outdated):
            in_parallel(task, task)
    wait_for(ended)


def test_who_waits_for_a_helper_can_be_cancelled():
    slots, at_work, go = Slots(2), threading.Event(), threading.Event()

    def task() -> None:
        if threading.current_thread() is threading.main_thread():
            wait_for(at_work)
        else:
            at_work.set()
            wait_for(go)

    def check(share: float | None) -> None:
        if at_work.is_set():
            raise Outdated

    with turn(slots, slice=60.0), lending(partial(share_out, slots=slots)), cancellable(check):
        take_slot()
        with pytest.raises(Outdated):
            in_parallel(task, task)
    go.set()
