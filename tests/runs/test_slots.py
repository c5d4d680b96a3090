"""Slots are given in order of arrival, and never more than there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from diffviz.runs.slots import Slots, take_slot, turn


def wait_until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.001)


def test_slots_are_given_in_order_of_arrival():
    slots, woken = Slots(2), []
    for owner in "abcde":
        slots.enter(owner, lambda owner=owner: woken.append(owner))
    assert [slots.position(owner) for owner in "abcde"] == [0, 0, 1, 2, 3]
    slots.leave("d")
    slots.leave("a")
    slots.leave("b")
    slots.leave("nobody")
    assert woken == ["c", "e"]
    assert slots.position("a") is None and slots.holds("e")


def test_a_slot_goes_to_the_next_in_line_between_two_steps():
    slots, steps, ready = Slots(1), [], threading.Barrier(2)

    def work(name: str) -> None:
        ready.wait(10)
        with turn(slots, slice=0.0):
            take_slot()
            wait_until(lambda: slots.full or len(steps) >= 20)
            for _ in range(20):
                steps.append(name)
                take_slot()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    first, second = steps[:2]
    assert first != second and steps == [first, second] * 20
    assert not slots.full


def test_a_slot_is_kept_to_the_end_of_its_slice_or_while_nobody_waits_or_to_the_end_of_the_turn():
    slots, next_in_line = Slots(1), object()
    with turn(slots, slice=0.0):
        take_slot()
        take_slot(lambda: pytest.fail("nobody else wants it"))
    with turn(slots, slice=60.0):
        take_slot()
        slots.enter(next_in_line, lambda: None)
        take_slot(lambda: pytest.fail("the slice is not over"))
        assert not slots.holds(next_in_line)
        with turn(slots, slice=60.0):
            take_slot(lambda: pytest.fail("it waits for itself"))
        assert not slots.holds(next_in_line)  # the inner block ends no turn
    assert slots.holds(next_in_line)


def test_who_computes_nothing_stands_in_no_line():
    slots = Slots(1)
    with turn(slots, slice=0.0):
        slots.enter("another", lambda: None)
        assert slots.holds("another") and not slots.full
    take_slot(lambda: pytest.fail("without a turn nobody waits"))


def test_what_is_raised_in_line_leaves_the_line():
    class Outdated(BaseException):
        pass

    def outdated() -> None:
        raise Outdated

    slots = Slots(1)
    slots.enter("holder", lambda: None)
    with turn(slots, slice=0.0):
        with pytest.raises(Outdated):
            take_slot(outdated)
        assert not slots.full
        slots.leave("holder")
        take_slot()
        slots.enter("next", lambda: None)
        with pytest.raises(Outdated):
            take_slot(outdated)
        assert slots.holds("next") and not slots.full
