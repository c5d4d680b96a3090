"""Slots are given in order of arrival, and never more than there are."""

import threading

from diffviz.runs.slots import Slots

PATIENCE = 30.0  # seconds after which something that must happen has not


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


def test_held_blocks_until_a_slot_is_free_and_gives_it_up_even_after_an_error():
    slots, inside = Slots(1), threading.Event()

    def enter() -> None:
        with slots.held("late"):
            inside.set()

    slots.enter("early", lambda: None)
    late = threading.Thread(target=enter)
    late.start()
    while slots.position("late") is None:
        pass
    assert slots.position("late") == 1 and not inside.is_set()
    slots.leave("early")
    assert inside.wait(PATIENCE)
    late.join(PATIENCE)
    try:
        with slots.held("faulty"):
            raise KeyError
    except KeyError:
        assert slots.position("faulty") is None
