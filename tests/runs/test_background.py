"""Work in the background: item by item, on shared slots, stopped and continued."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from diffviz.config import ConfigError
from diffviz.runs.background import Background
from diffviz.runs.slots import Slots


def _count(limit: int, begun: list[int]) -> Iterator[int]:
    begun.append(limit)
    yield from range(limit)


def test_everything_is_answered_in_order_and_begun_once() -> None:
    begun: list[int] = []
    work = Background(lambda: _count(100, begun))
    assert not work.running and not work.finished and work.items() == []
    for _ in range(3):
        work.start()
        work.join(60)
    assert work.items() == list(range(100)) and begun == [100]
    assert work.finished and not work.running and work.error == ""


def test_a_stop_keeps_what_there_is_and_a_start_goes_on_with_the_same_iterator() -> None:
    gate = threading.Semaphore(0)

    def items() -> Iterator[int]:
        for k in range(4):
            gate.acquire(timeout=60)
            yield k

    work = Background(items)
    work.start()
    work.stop()
    gate.release()
    work.join(60)
    stopped = work.items()
    assert stopped in ([], [0]) and not work.finished
    gate.release(4)
    work.start()
    work.join(60)
    assert work.items() == [0, 1, 2, 3] and work.finished


def test_nobody_looking_ends_it() -> None:
    work = Background(lambda: _count(3, []), patience=-1.0)
    work.start()
    work.join(60)
    assert work.items() == [] and not work.finished and not work.running


def test_a_look_begins_the_patience_anew() -> None:
    at_item, gate, now = threading.Semaphore(0), threading.Semaphore(0), [0.0]

    def items() -> Iterator[int]:
        for k in range(4):
            at_item.release()
            gate.acquire(timeout=60)
            yield k

    work = Background(items, patience=20.0, clock=lambda: now[0])
    work.start()
    assert at_item.acquire(timeout=60)
    now[0] = 19.0
    work.items()
    now[0] = 38.0
    gate.release()
    assert at_item.acquire(timeout=60)  # at the next item, as somebody looked in between
    now[0] = 60.0
    gate.release()
    work.join(60)
    assert not work.running and not work.finished and work.items() == [0, 1]
    gate.release(2)
    work.start()
    work.join(60)
    assert work.items() == [0, 1, 2, 3] and work.finished


def test_it_does_not_keep_the_interpreter_from_ending() -> None:
    code = """
import itertools
from diffviz.runs.background import Background
work = Background(itertools.count)
work.start()
while not work.items():
    pass
print("left")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0 and ended.stdout == "left\n", ended.stderr


def test_items_are_computed_one_at_a_time_on_one_slot() -> None:
    """Two works, and any run, that share slots never compute more items at once than there are slots."""
    slots, inside, most = Slots(1), [], []

    def items() -> Iterator[int]:
        for k in range(50):
            inside.append(k)
            time.sleep(0.001)  # an item takes a while: others would be seen inside
            most.append(len(inside))
            inside.pop()
            yield k

    works = [Background(items, slots=slots) for _ in range(3)]
    for work in works:
        work.start()
    for work in works:
        work.join(60)
    assert all(work.items() == list(range(50)) for work in works) and max(most) == 1
    slots.enter("the next", lambda: None)
    assert slots.holds("the next")  # all of them left


def test_work_in_line_waits_for_a_slot_and_can_be_stopped_there() -> None:
    slots, other = Slots(1), object()
    slots.enter(other, lambda: None)
    work = Background(lambda: _count(3, []), slots=slots)
    work.start()
    work.stop()
    work.join(60)
    assert work.items() == [] and not work.running
    work.start()
    slots.leave(other)
    work.join(60)
    assert work.items() == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(("exception", "sentence"), [(ConfigError("No room."), "No room."), (OSError(), "its log")])
def test_an_exception_ends_it_with_a_sentence_and_keeps_what_there_is(exception: Exception, sentence: str) -> None:
    def items() -> Iterator[int]:
        yield 0
        raise exception

    work = Background(items)
    for _ in range(2):
        work.start()
        work.join(60)
    assert work.items() == [0] and sentence in work.error and not work.finished
