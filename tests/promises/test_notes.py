"""What the page of the notes promises of a chapter that is measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diffviz.claims import Measurement
from diffviz.ui.notes.chapters import measure
from diffviz.ui.notes.rows import chapter

CHAPTER = "ddpm"


@pytest.fixture(scope="module", params=[0, 1, 2])
def measured(request: pytest.FixtureRequest) -> list[Measurement]:
    return [measure(row.claim, request.param) for row in chapter(CHAPTER).rows if row.claim]


@pytest.mark.promise("notes-right-forms")
def test_right_forms_meet_the_truth_and_would_not_meet_another(measured: list[Measurement]) -> None:
    alone = [replace(m, printed=None) for m in measured]
    assert all(m.holds for m in alone)
    assert not any(replace(m, truth=m.truth + m.tolerance + 7 * m.corrected.error + 0.01).holds for m in alone)


@pytest.mark.promise("notes-printed-forms")
def test_printed_forms_miss_the_truth_and_right_ones_in_their_place_do_not(measured: list[Measurement]) -> None:
    differing = [m for m in measured if m.printed is not None]
    assert len(differing) > len(measured) / 2
    assert all(abs(m.printed.mean - m.truth) > m.tolerance + 10 * m.printed.error for m in differing if m.printed)
    assert not any(replace(m, printed=m.corrected).holds for m in differing)
