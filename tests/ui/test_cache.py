"""The cache of the pages: once for all who ask, within a budget of bytes, and never half a result."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
import torch

from diffviz.cancellation import cancellable, raise_if_cancelled
from diffviz.properties import cached_property
from diffviz.runs.slots import Slots
from diffviz.runs.spare_cores import share_out
from diffviz.ui import cache
from diffviz.ui.cache import Results, cached, size_in_bytes

MEGABYTE = 2**20


class Outdated(BaseException):
    pass


def megabytes(n: int) -> np.ndarray:
    return np.zeros(n * MEGABYTE // 8)


def test_the_results_used_last_stay_within_the_budget() -> None:
    results = Results(budget=10 * MEGABYTE)
    for k in range(6):
        results.get(k, lambda: megabytes(3))
        results.get(0, lambda: pytest.fail("what is used again and again is not forgotten"))
    assert [k for k in range(6) if k in results] == [0, 4, 5]


def test_one_result_over_the_budget_is_kept_alone() -> None:
    results = Results(budget=MEGABYTE)
    results.get("small", lambda: 1)
    assert results.get("large", lambda: megabytes(5)).nbytes == 5 * MEGABYTE
    assert "large" in results and "small" not in results


def test_what_was_kept_can_be_had_again_without_what_came_later() -> None:
    results = Results()
    results.get("early", lambda: 1)
    kept = results.kept()
    results.get("late", lambda: 2)
    results.restore(kept)
    assert "late" not in results and results.get("early", lambda: pytest.fail("it was kept")) == 1
    assert kept == {"early": 1}
    results.restore({})
    assert results.get("early", lambda: 3) == 3


def test_what_a_result_draws_later_counts() -> None:
    @dataclass
    class Growing:
        @cached_property
        def points(self) -> np.ndarray:
            return megabytes(8)

    results = Results(budget=10 * MEGABYTE)
    for k in range(3):
        _ = results.get(k, Growing).points
    assert 0 not in results and 2 in results


def test_what_two_results_share_counts_once() -> None:
    shared = megabytes(8)
    results = Results(budget=10 * MEGABYTE)
    for k in range(4):
        results.get(k, lambda: (shared, "own"))
    assert all(k in results for k in range(4))


def test_sizes_are_those_of_the_memory_that_is_held() -> None:
    array = megabytes(2)
    assert size_in_bytes(array) == size_in_bytes(array[:5]) == 2 * MEGABYTE
    tensor = torch.zeros(MEGABYTE // 4)
    assert size_in_bytes(tensor) == size_in_bytes(tensor[1:]) == MEGABYTE
    assert size_in_bytes(b"x" * MEGABYTE) - MEGABYTE < 100
    network = torch.nn.Linear(1024, 256, bias=False)
    assert MEGABYTE <= size_in_bytes(network) < 1.1 * MEGABYTE  # though it can be called
    assert MEGABYTE <= size_in_bytes([network, {"same": network.weight}]) < 1.1 * MEGABYTE


def test_many_who_ask_at_once_wait_for_one_computation() -> None:
    results, begun, go, answers = Results(), [], threading.Event(), []

    def compute() -> object:
        begun.append(1)
        go.wait(10)
        return object()

    threads = [threading.Thread(target=lambda: answers.append(results.get("key", compute))) for _ in range(5)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(begun) == 1 and len(answers) == 5 and len(set(map(id, answers))) == 1


@pytest.mark.parametrize("fault", [ValueError, Outdated])
def test_a_computation_that_ends_early_leaves_the_place_to_the_next(fault: type[BaseException]) -> None:
    results = Results()

    def fail() -> None:
        raise fault

    with pytest.raises(fault):
        results.get("key", fail)
    assert "key" not in results and results.get("key", lambda: 5) == 5


def test_who_waits_for_another_can_be_cancelled() -> None:
    results, begun, go = Results(), threading.Event(), threading.Event()

    def compute() -> int:
        begun.set()
        go.wait(10)
        return 1

    def check(share: float | None) -> None:
        raise Outdated

    worker = threading.Thread(target=lambda: results.get("key", compute))
    worker.start()
    begun.wait(10)
    with pytest.raises(Outdated), cancellable(check):
        results.get("key", lambda: pytest.fail("it is being computed"))
    go.set()
    worker.join(10)
    assert "key" in results


def test_functions_and_arguments_are_told_apart() -> None:
    @cached("Adding", usual=0)
    def add(x: object, y: object = 0) -> list[object]:
        return [x, y]

    @cached("Pairing", usual=0)
    def pair(x: object, y: object = 0) -> tuple[object, object]:
        return x, y

    assert add(1, y=2) is add(1, y=2)
    assert add(1) == [1, 0] and add(1.0) == [1.0, 0] and add(1) is not add(1.0) and add("1") is not add(1)
    assert pair(1) == (1, 0) and add((1, 2)) is not add("(1, 2)")
    with pytest.raises(TypeError):
        add([1])


def test_results_for_several_arguments_are_computed_side_by_side_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CORES", slots := Slots(2))
    monkeypatch.setattr(cache, "share_out", partial(share_out, slots=slots))
    both, asked = threading.Barrier(2), []

    @cached("Computing", usual=0)
    def compute(x: int, y: int) -> int:
        asked.append((x, y))
        both.wait(30)  # passed only if two are at work at once
        return x + y

    assert compute.starmap([(1, 2), (3, 4)]) == [3, 7]
    assert compute.starmap([(3, 4), (1, 2)]) == [7, 3] and compute(1, 2) == 3
    assert sorted(asked) == [(1, 2), (3, 4)] and slots.free == 2


def test_what_is_missing_among_several_is_announced_before_it_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(cache.cover, "say", lambda doing, usual: said.append(doing))

    @cached("Doubling several", usual=0)
    def double(x: int) -> int:
        assert said, "nobody was told"
        return 2 * x

    assert double.starmap([(7,), (8,)]) == [14, 16]
    said.clear()
    assert double.starmap([(7,), (8,)]) == [14, 16] and not said


def test_pages_compute_in_turn_on_the_slots_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """On one slot never two at once; who waits for another's result lets it compute."""
    monkeypatch.setattr(cache, "CORES", Slots(1))
    monkeypatch.setattr(cache, "LONG_SLICE", 0.0)
    inside: list[str] = []
    most: list[int] = []
    begun = threading.Event()

    def step(name: str) -> None:
        inside.append(name)
        time.sleep(0.001)  # another one would be seen inside
        most.append(len(inside))
        inside.remove(name)
        raise_if_cancelled()

    @cached("Computing the part", usual=0)
    def part() -> str:
        begun.set()
        for _ in range(20):
            step("part")
        return "part"

    @cached("Computing the whole", usual=0)
    def whole() -> str:
        other.start()
        while not cache.CORES.full:  # until the part stands in line
            time.sleep(0.001)
        for _ in range(3):
            step("whole")
        return f"whole of {part()}"

    other = threading.Thread(target=part)
    assert whole() == "whole of part" and begun.is_set() and max(most) == 1
    other.join(10)
    assert not cache.CORES.full
