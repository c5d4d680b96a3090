"""The cover's words: what is computed, and that it stands in line once that takes a while."""

from __future__ import annotations

from itertools import count

import pytest

from diffviz.runs.slots import CORES
from diffviz.ui import cover
from diffviz.ui.cache import in_turn


class Place:
    """A place on a page that remembers what was last put there."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def container(self, key: str) -> Place:
        return self

    def html(self, text: str) -> Place:
        self.drawn.append(text)
        return self

    def empty(self) -> None:
        self.drawn.clear()


def test_a_wait_in_line_is_told_and_its_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    place, others = Place(), [object() for _ in range(CORES.count)]
    for other in others:
        CORES.enter(other, lambda: None)
    seconds = count()

    def next_second() -> float:
        if any("in line" in text for text in place.drawn):
            CORES.leave(others[0])
        return float(next(seconds))

    monkeypatch.setattr("diffviz.ui.cover.time.monotonic", next_second)
    try:
        with cover.over(place), in_turn():  # type: ignore[arg-type]
            cover.say("Sampling", 3)
            cover.take_turn()
            words = [text for text in place.drawn if "<p>" in text]
            assert ["in line" in text for text in words] == [False, True, False]
            assert "usually about 3 s" in words[0] and words[0] == words[-1]
    finally:
        for other in others:
            CORES.leave(other)
    assert place.drawn == []


def test_the_share_that_is_done_is_told_a_few_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    place, clock = Place(), iter(range(1_000_000))
    monkeypatch.setattr("diffviz.ui.cover.get_script_run_ctx", lambda **_: object())
    monkeypatch.setattr("diffviz.ui.cover.time.monotonic", lambda: 1.0 + 0.1 * next(clock))
    with cover.over(place):  # type: ignore[arg-type]
        cover.say("Sampling", 3)
        for k in range(101):  # in ten seconds
            cover.end_if_outdated(k / 100)
        shares = [text.partition('value="')[2].partition('"')[0] for text in place.drawn if "progress" in text]
    assert 10 < len(shares) < 41 and shares == sorted(shares) and float(shares[-1]) > 0.9
