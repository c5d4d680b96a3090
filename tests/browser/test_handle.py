"""A scene's handle in a real browser: dragged, moved by keys, sent by a click; and the page hears of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from diffviz.player import Handle, Kernel, Pane, Points, Scene
from diffviz.player.source import player_css, player_js
from diffviz.ui.player import _handled

if TYPE_CHECKING:
    from playwright.sync_api import Page

EXTENT = (-2.0, 2.0, -2.0, 2.0)
LEADS = np.zeros((1, 3, 3, 2))
POINTS = np.array([[[-1.0, -1.0], [1.0, 1.0]]])


def scene(x: float, y: float) -> bytes:
    """Two panes that share a handle, one with points that pull at it, over two frames."""
    place = np.array([[x, y], [x, y]])
    pulled = Pane([Kernel(POINTS, np.array([0.5])), Handle(place)], "left", extent=EXTENT)
    crowd = Points(np.tile([[[1.5, -1.5]]], (2, 1, 1)))
    return Scene([pulled, Pane([crowd, Handle(place, leads=LEADS)], "right", extent=EXTENT)], autoplay=False).payload()


def mount(page: Page, payload: bytes, *, heard: bool = True) -> None:
    give = """([text, heard]) => mount({
        parentElement: document.getElementById("here"),
        data: Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),
        setStateValue: heard ? (name, value) => (window.sent ??= []).push([name, value]) : undefined,
    })"""
    page.evaluate(give, [base64.b64encode(payload).decode(), heard])
    page.wait_for_timeout(100)


@pytest.fixture
def shown(open_component: Callable[[str, str], Page]) -> Page:
    """A page with the scene, its handle at (0, 0)."""
    page = open_component(player_js(), player_css())
    mount(page, scene(0.0, 0.0))
    return page


def sent(page: Page) -> Any:
    return page.evaluate("window.sent ?? []")


def at(page: Page, pane: int) -> tuple[float, float]:
    """Where the button of a pane stands, in units of the extent."""
    grip, box = page.locator(".grip").nth(pane).bounding_box(), page.locator("canvas").nth(pane).bounding_box()
    assert grip is not None and box is not None
    x = (grip["x"] + grip["width"] / 2 - box["x"]) / box["width"]
    y = (grip["y"] + grip["height"] / 2 - box["y"]) / box["height"]
    return 4 * x - 2, 2 - 4 * y


def live(x: float, y: float) -> bytes:
    handle = Handle(np.array([[x, y]]), live=True)
    return Scene([Pane([handle], "only", extent=EXTENT)], autoplay=False).payload()


def test_a_live_handle_is_told_in_the_hand_anew_after_each_answer(open_component: Callable[[str, str], Page]) -> None:
    page = open_component(player_js(), player_css())
    mount(page, live(0.0, 0.0))
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.locator(".grip").hover()
    page.mouse.down()
    for share in (0.6, 0.7, 0.75):  # nothing answers meanwhile
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    ((name, first),) = sent(page)
    assert name == "held" and first[:2] == pytest.approx((0.4, 0.0), abs=0.05)
    mount(page, live(*first[:2]))
    assert sent(page)[1][0] == "held" and sent(page)[1][1][:2] == pytest.approx((1.0, 0.0), abs=0.05)
    page.mouse.up()
    (dropped, place), (released, nothing) = sent(page)[2:]
    assert (dropped, released, nothing) == ("handle", "held", None) and place[:2] == pytest.approx((1.0, 0.0), abs=0.05)
    mount(page, live(*first[:2]))  # an answer from before
    assert at(page, 0) == pytest.approx((1.0, 0.0), abs=0.05)


def test_a_dragged_handle_moves_in_both_panes_and_is_told_once_it_is_let_go(shown: Page) -> None:
    box = shown.locator("canvas").first.bounding_box()
    assert box is not None
    shown.locator(".grip").first.hover()
    shown.mouse.down()
    shown.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=4)
    assert sent(shown) == [] and at(shown, 1) == pytest.approx((1, 1), abs=0.05)
    shown.mouse.up()
    [[name, value]] = sent(shown)
    handled = _handled(value)
    assert name == "handle" and handled is not None and (handled.x, handled.y) == pytest.approx((1, 1), abs=0.05)
    assert at(shown, 0) == pytest.approx((1, 1), abs=0.05)  # it waits there for the page's answer
    mount(shown, scene(-1.0, 0.5))
    assert at(shown, 0) == pytest.approx((-1, 0.5), abs=0.05)


def test_keys_move_it_and_not_the_clock(shown: Page) -> None:
    shown.locator(".grip").first.focus()
    shown.keyboard.press("ArrowRight")
    mount(shown, scene(*_handled(sent(shown)[-1][1])[:2]))  # type: ignore[index]
    shown.keyboard.press("Shift+ArrowUp")
    assert [_handled(value) for _, value in sent(shown)] == [(0.08, 0, 0), (0.08, 0.4, 0)]
    assert shown.locator(".player").get_attribute("data-frame") == "0.0000"
    assert "(0.08, 0.40)" in (shown.locator(".grip").first.get_attribute("aria-label") or "")


def test_a_click_sends_it_to_the_place_or_to_the_particle_that_is_near(shown: Page) -> None:
    right = shown.locator("canvas").nth(1)
    box = right.bounding_box()
    assert box is not None
    right.click(position={"x": 0.25 * box["width"], "y": 0.25 * box["height"]})
    right.click(position={"x": 0.875 * box["width"] + 5, "y": 0.875 * box["height"] - 5})
    first, second = (_handled(value) for _, value in sent(shown))
    assert first is not None and (first.x, first.y) == pytest.approx((-1, 1), abs=0.02)
    assert second is not None and (second.x, second.y) == pytest.approx((1.5, -1.5), abs=0.01)


def test_a_press_that_moves_nothing_is_not_told(shown: Page) -> None:
    shown.locator(".grip").first.click()
    assert sent(shown) == []


def test_where_nobody_listens_it_goes_back(shown: Page) -> None:
    mount(shown, scene(0.5, 0.5), heard=False)
    shown.locator("canvas").first.click(position={"x": 20, "y": 20})
    shown.wait_for_timeout(50)
    assert at(shown, 0) == pytest.approx((0.5, 0.5), abs=0.05) and sent(shown) == []
