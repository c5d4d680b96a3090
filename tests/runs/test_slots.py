"""Slots are given in order of arrival, and never more than there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from diffviz.runs.slots import Slots, holding_a_slot, offer_slot


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
        with holding_a_slot(slots, slice=0.0):
            wait_until(lambda: slots.full or len(steps) >= 20)
            for _ in range(20):
                steps.append(name)
                offer_slot()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    first, second = steps[:2]
    assert first != second and steps == [first, second] * 20
    assert not slots.full


def test_within_its_slice_or_with_nobody_in_line_a_slot_is_kept():
    slots, next_in_line = Slots(1), object()
    with holding_a_slot(slots, slice=0.0):
        offer_slot(lambda: pytest.fail("nobody else wants it"))
    with holding_a_slot(slots, slice=60.0):
        slots.enter(next_in_line, lambda: None)
        offer_slot(lambda: pytest.fail("the slice is not over"))
        assert not slots.holds(next_in_line)
    assert slots.holds(next_in_line)


def test_a_thread_that_holds_a_slot_does_not_wait_for_another():
    slots = Slots(1)
    with holding_a_slot(slots, 1.0), holding_a_slot(slots, 1.0, lambda: pytest.fail("it waits for itself")):
        assert not slots.full


def test_what_is_raised_in_line_leaves_the_line():
    class Outdated(BaseException):
        pass

    def outdated() -> None:
        raise Outdated

    slots = Slots(1)
    slots.enter("holder", lambda: None)
    with pytest.raises(Outdated), holding_a_slot(slots, 1.0, outdated):
        pytest.fail("there was no slot")
    assert not slots.full
    slots.leave("holder")
    with pytest.raises(Outdated), holding_a_slot(slots, 0.0):
        slots.enter("next", lambda: None)
        offer_slot(outdated)
    assert slots.holds("next") and not slots.full
