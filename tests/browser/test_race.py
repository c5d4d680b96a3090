"""The sampler race in a real browser: it plays when opened, and scrubbing stays in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

WAIT = 60_000


@pytest.fixture
def sent(page: Page) -> list[object]:
    """What the page has sent to the server: messages and requests."""
    found: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: found.append(frame))

    page.on("websocket", listen)
    page.on("request", lambda request: None if request.url.startswith("data:") else found.append(request.url))
    return found


@pytest.fixture
def lab(page: Page, sent: list[object], app_url: str) -> Page:
    """The page as its link opens it, once the picture and the table stand."""
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/race")
    page.get_by_text("as near as samples get").wait_for()
    page.locator(".player[data-paints]").wait_for()
    return page


def frame(lab: Page) -> float:
    return float(lab.locator(".player[data-paints]").get_attribute("data-frame") or "nan")


def calls(lab: Page) -> list[str]:
    """What stands under each pane's title, up to the first dot."""
    return [note.split(" · ")[0] for note in lab.locator(".note").all_inner_texts()]


def until(lab: Page, holds: Callable[[], bool]) -> None:
    """Wait until something holds. The player lives in a shadow root, where the page's own scripts do not find it."""
    for _ in range(WAIT // 100):
        if holds():
            return
        lab.wait_for_timeout(100)
    pytest.fail("waited in vain")


def test_three_panes_move_on_arrival_and_say_what_they_cost(lab: Page) -> None:
    assert lab.locator(".player canvas").count() == 3
    before = frame(lab)
    until(lab, lambda: frame(lab) != before)
    assert calls(lab) == ["10 calls"] * 3


def test_scrubbing_asks_the_server_for_nothing(lab: Page, sent: list[object]) -> None:
    lab.wait_for_timeout(2_000)  # the app's own messages after arrival
    box = lab.locator(".timeline").bounding_box()
    assert box is not None and sent
    known, middle, frames = len(sent), box["y"] + box["height"] / 2, []
    lab.mouse.move(box["x"] + 0.1 * box["width"], middle)
    lab.mouse.down()
    for share in (0.3, 0.5, 0.7, 0.9):
        lab.mouse.move(box["x"] + share * box["width"], middle)
        frames.append(frame(lab))
    lab.mouse.up()
    lab.wait_for_timeout(500)
    assert frames == sorted(frames) and frames[-1] - frames[0] > 0.4
    assert sent[known:] == []


def test_unequal_cost_gives_each_pane_its_own_steps(lab: Page) -> None:
    lab.get_by_text("Equal cost", exact=True).click()
    slider = lab.get_by_role("slider", name="Steps").first
    slider.focus()
    for _ in range(5):
        lab.keyboard.press("ArrowRight")
    until(lab, lambda: calls(lab) == ["15 calls", "10 calls", "10 calls"])
