"""The step editor in a real browser: handles move, stay in order, and say where they are when let go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from diffviz.player.source import steps_css, steps_js
from diffviz.ui.player import _rising

if TYPE_CHECKING:
    from playwright.sync_api import Page

SHARES = [0.2, 0.4, 0.6]
GRID = np.linspace(0, 1, 11)
COLUMNS = {"share": GRID, "t": 1 - GRID, "sigma": 1 - GRID**2, "lam": 10 * GRID - 5}
TABLE = {name: values.tolist() for name, values in COLUMNS.items()}


@pytest.fixture
def editor(open_component: Callable[[str, str], Page]) -> Page:
    """A page with one editor; what it sends is in window.sent."""
    page = open_component(steps_js(), steps_css())
    _mount(page, SHARES)
    return page


def _mount(page: Page, shares: list[float]) -> None:
    give = """data => mount({
        parentElement: document.getElementById("here"),
        data,
        setStateValue: (name, value) => (window.sent ??= []).push([name, value]),
    })"""
    page.evaluate(give, {"shares": shares, "table": TABLE, "others": {"Uniform t": [0.3, 0.7]}})


def _drag(page: Page, k: int, share: float) -> None:
    box, handle = page.locator(".track").bounding_box(), page.get_by_role("slider").nth(k).bounding_box()
    assert box is not None and handle is not None
    y = handle["y"] + handle["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + share * box["width"], y, steps=5)
    page.mouse.up()


def _sent(page: Page) -> Any:
    return page.evaluate("window.sent ?? []")


def _shares(page: Page) -> list[float]:
    return [float(s) for s in (page.locator(".steps").get_attribute("data-shares") or "").split()]


def test_a_dragged_step_is_sent_once_it_is_let_go(editor: Page) -> None:
    _drag(editor, 1, 0.5)
    [[name, shares]] = _sent(editor)
    assert name == "shares" and shares == _shares(editor)
    assert shares[0] == 0.2 and shares[2] == 0.6 and abs(shares[1] - 0.5) < 0.01


def test_steps_do_not_overtake_one_another(editor: Page) -> None:
    _drag(editor, 0, 0.95)
    assert _shares(editor)[0] == pytest.approx(0.39)
    _drag(editor, 2, 0.01)
    assert _shares(editor) == sorted(_shares(editor))


def test_keys_move_a_step_and_tell_where_it_is(editor: Page) -> None:
    handle = editor.get_by_role("slider", name="Step 2 of 3")
    handle.focus()
    for _ in range(3):
        editor.keyboard.press("ArrowRight")
    assert _shares(editor) == [0.2, 0.43, 0.6]
    assert handle.get_attribute("aria-valuenow") == "43"
    assert handle.get_attribute("aria-valuetext") == "t = 0.570, σ = 0.813, λ = −0.700"  # straight lines in the table
    assert [shares[1] for _, shares in _sent(editor)] == [0.41, 0.42, 0.43]


def test_the_readout_follows_the_table(editor: Page) -> None:
    rows = editor.locator(".readout tr").all_inner_texts()
    assert [row.split() for row in rows] == [
        ["step", "1", "2", "3"],
        ["t", "0.800", "0.600", "0.400"],
        ["σ", "0.960", "0.840", "0.640"],
        ["λ", "−3.000", "−1.000", "1.000"],
    ]
    assert editor.locator(".row .ticks i").count() == 2 and editor.get_by_text("Uniform t").is_visible()


def test_a_double_click_spreads_them_evenly(editor: Page) -> None:
    editor.locator(".track").dblclick(position={"x": 5, "y": 5})
    assert _shares(editor) == [0.25, 0.5, 0.75] and _sent(editor)[-1] == ["shares", [0.25, 0.5, 0.75]]


def test_an_echo_changes_nothing_and_news_from_the_page_does(editor: Page) -> None:
    _drag(editor, 1, 0.5)
    moved = _shares(editor)
    _mount(editor, moved)
    assert _shares(editor) == moved
    _mount(editor, [0.1, 0.2, 0.3])
    assert _shares(editor) == [0.1, 0.2, 0.3]
    _drag(editor, 1, 0.25)
    _mount(editor, [0.1, 0.2, 0.3])  # an answer that came late: the page has not heard of the drag yet
    assert len(_sent(editor)) == 2


ODD = [None, "x", [0.1], [0.5, 0.4, 0.6], [0.0, 0.5, 1.0], [0.1, float("nan"), 0.5], {"a": 1}]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_rising_list_leaves_the_steps_as_they_were(odd: Any) -> None:
    assert _rising(odd, (0.2, 0.4, 0.6)) == (0.2, 0.4, 0.6)
    assert _rising([0.1, 0.2, 0.9], (0.2, 0.4, 0.6)) == (0.1, 0.2, 0.9)
