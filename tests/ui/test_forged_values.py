"""What a browser sends in place of points, shares or a cell is taken if it makes sense, and never raises."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from diffviz.ui import chart, player

HUGE = 10**400
FORGED: list[Any] = [
    None, True, 1, 1.5, HUGE, float("nan"), float("inf"), "", "x", b"x", {}, {"points": []}, [], [[]], [[[]]], [None],
    [1, 2], [HUGE, 0], [[HUGE, 0]], [[1]], [[1, 2, 3]], [[1, 2], [3]], [["a", "b"]], [[{}, 1]], [[None, None]],
    [[float("nan"), 0]], [[float("inf"), 0]], json.loads("[" * 70 + "]" * 70), [-1, 99],
    [0, -1], [2, 0], [0.5, 0],
]  # fmt: skip
SHARES = (0.25, 0.5, 0.75)


@pytest.mark.parametrize("sent", FORGED, ids=lambda sent: repr(sent)[:30])
def test_what_is_no_answer_counts_as_none(sent: Any) -> None:
    assert player._checked(sent) is None
    assert player._rising(sent, SHARES) == SHARES
    assert player._handled(sent) is None
    for selected in (sent, {"selection": sent}, {"selection": {"points": sent}}, _clicked_at(sent)):
        assert chart._clicked(selected, (2, 2)) is None


@pytest.mark.parametrize("sent", [[0.5, 0.4, 0.6], [0, 0.5, 0.6], [0.1, 0.5, 1], [0.1, 0.5], [0.1, HUGE, 0.5]])
def test_shares_that_do_not_rise_are_not_taken(sent: list[float]) -> None:
    assert player._rising(sent, SHARES) == SHARES


def test_an_answer_that_makes_sense_is_taken() -> None:
    np.testing.assert_array_equal(player._checked([[1, 2], [1e9, -1e9]]), [[1, 2], [3, -3]])
    assert len(player._checked([[0, 0]] * 6000)) == player.MOST
    assert player._rising([0.1, 0.2, 0.3], SHARES) == (0.1, 0.2, 0.3)
    assert player._handled([1, -2.00004, 0.25]) == (1, -2, 0.25)
    assert player._handled([1e9, -1e9, 1]) == (player.FARTHEST, -player.FARTHEST, 1)
    assert player._handled([0, 0, 1.5]) is None and player._handled([0, 0, -0.1]) is None
    assert chart._clicked(_clicked_at([1, 0]), (2, 2)) == (1, 0)


def _clicked_at(cell: Any) -> Any:
    return {"selection": {"points": [{"customdata": cell}]}}
