"""Work in the background: when it goes on, when it ends, and what it shares. No test waits for a fixed time."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from diffviz.config import ConfigError
from diffviz.runs.background import Background
from diffviz.runs.slots import Slots

PATIENCE = 30.0  # seconds after which something that must happen has not


class Gate:
    """Lets a generator through one item at a time, and says when it has come to the next."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Semaphore(0), threading.Semaphore(0)

    def numbers(self, count: int = 1_000_000) -> Iterator[int]:
        for k in range(count):
            self.reached.release()
            assert self.opened.acquire(timeout=PATIENCE)
            yield k

    def wait(self) -> None:
        assert self.reached.acquire(timeout=PATIENCE)


@pytest.fixture
def make() -> Iterator[Callable[..., Background[int]]]:
    """Work on slots of its own, stopped at the end."""
    made: list[Background[int]] = []

    def build(generator: Callable[[], Iterator[int]], **options) -> Background[int]:
        made.append(Background(generator, **{"slots": Slots(1), **options}))
        return made[-1]

    yield build
    for work in made:
        work.stop()
        work.join(PATIENCE)


def test_it_keeps_what_is_yielded_and_ends_with_the_generator(make):
    work = make(lambda: iter(range(5)))
    assert not work.running and not work.finished and work.items() == []
    work.start()
    work.join(PATIENCE)
    assert work.items() == [0, 1, 2, 3, 4] and work.finished and not work.running and work.error == ""
    work.start()
    assert not work.running


def test_what_was_stopped_goes_on_with_the_same_iterator(make):
    gate = Gate()
    work = make(lambda: gate.numbers(3))
    work.start()
    gate.wait()
    work.stop()
    gate.opened.release()
    work.join(PATIENCE)
    assert work.items() == [0] and not work.running and not work.finished
    gate.opened.release(2)
    work.start()
    work.join(PATIENCE)
    assert work.items() == [0, 1, 2] and work.finished


def test_it_ends_when_nobody_looks_and_a_look_is_a_call_of_items(make):
    gate, now = Gate(), [0.0]
    work = make(gate.numbers, patience=20.0, clock=lambda: now[0])
    work.start()
    gate.wait()
    now[0] = 19.0
    work.items()
    now[0] = 38.0
    gate.opened.release()
    gate.wait()  # at the next item, as somebody looked in between
    now[0] = 60.0
    gate.opened.release()
    work.join(PATIENCE)
    assert not work.running and not work.finished and work.items() == [0, 1]
    work.start()
    gate.wait()
    assert work.running
    work.stop()
    gate.opened.release()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConfigError("There is no such thing."), "There is no such thing."),
        (KeyError("lane"), "It stopped on an internal error: KeyError: 'lane'"),
    ],
)
def test_a_generator_that_fails_is_told_in_a_sentence_and_what_it_gave_is_kept(make, error, sentence):
    def failing() -> Iterator[int]:
        yield 7
        raise error

    work = make(failing)
    work.start()
    work.join(PATIENCE)
    assert work.items() == [7] and work.error == sentence and not work.running and not work.finished
    work.start()
    assert not work.running


def test_an_item_is_computed_only_while_a_slot_is_held(make):
    slots, inside, most, lock = Slots(2), [], [], threading.Lock()

    def watched() -> Iterator[int]:
        for k in range(20):
            with lock:
                inside.append(k)
                most.append(len(inside))
            with lock:
                inside.remove(k)
            yield k

    works = [make(watched, slots=slots) for _ in range(5)]
    with slots.held("one"), slots.held("other"):
        for work in works:
            work.start()
        assert [slots.position(owner) for owner in ("one", "other")] == [0, 0] and not most
    for work in works:
        work.join(PATIENCE)
    assert all(work.finished for work in works) and max(most) <= 2


def test_it_does_not_keep_the_interpreter_from_ending():
    code = """
import itertools
from diffviz.runs.background import Background
work = Background(itertools.count)
work.start()
while not work.items():
    pass
print("left")
"""
    left = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert left.returncode == 0 and left.stdout == "left\n", left.stderr


def test_work_that_is_stopped_in_line_computes_nothing_until_it_is_started_again(make) -> None:
    slots, other = Slots(1), object()
    slots.enter(other, lambda: None)
    work = make(lambda: iter(range(3)), slots=slots)
    work.start()
    while slots.position(work) != 1:
        pass
    work.stop()
    slots.leave(other)
    work.join(PATIENCE)
    assert work.items() == [] and not work.running
    work.start()
    work.join(PATIENCE)
    assert work.items() == [0, 1, 2] and work.finished
