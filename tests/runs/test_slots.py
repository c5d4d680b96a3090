"""Slots are given in order of arrival, and never more than there are."""

from diffviz.runs.slots import Slots


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
