"""The digit lab in a real browser: a network trains on images, its loss falls, and what it draws changes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Request, WebSocket

WAIT, TRAINED_FOR = 60_000, 20  # milliseconds; seconds
STATUS = re.compile(r"step ([\d,]+) of .* loss ([\d.]+)")
STATIC = ("script", "stylesheet", "font", "image", "manifest")
DATA = "mnist" if "DIFFVIZ_DATA" in os.environ else "digits"


def player(page: Page) -> Locator:
    return page.locator(".player[data-paints]")


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stButton").get_by_role("button", name=name, exact=True).click()


def status(page: Page) -> tuple[int, float]:
    """Step and loss as the page says them."""
    found = STATUS.search(page.get_by_text(STATUS).inner_text())
    assert found is not None
    return int(found[1].replace(",", "")), float(found[2])


def drawn(page: Page) -> bytes:
    """What the first pane looks like."""
    return page.locator("figure").filter(has_text="Drawn").locator("canvas").first.screenshot()


def test_training_lowers_the_loss_and_changes_the_tiles(page: Page, app_url: str) -> None:
    """On real digits where the files are at hand, else on those that come with scikit-learn."""
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/digits?view=learn&learn.data={DATA}")
    player(page).wait_for()
    press(page, "Start")
    page.get_by_text(STATUS).wait_for()
    (first, loss), before = status(page), drawn(page)
    (step, now), after = status(page), drawn(page)
    for _ in range(TRAINED_FOR):
        if now < 0.8 * loss and after != before:
            break
        page.wait_for_timeout(1_000)
        (step, now), after = status(page), drawn(page)
    assert step > first and now < 0.8 * loss
    assert before != after
    press(page, "Reset")
    page.get_by_text(re.compile("Untrained|Earlier run")).first.wait_for()


def asks(page: Page) -> list[str]:
    """What the page sends to the server from now on: messages, and requests that are not for static files."""
    sent: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(f"message of {len(frame)} to {socket.url}"))

    def note(request: Request) -> None:
        if request.resource_type not in STATIC and not request.url.startswith("data:"):
            sent.append(request.url)

    page.on("websocket", listen)
    page.on("request", note)
    return sent


def test_digits_come_out_of_noise_and_a_scrub_asks_nobody(page: Page, app_url: str) -> None:
    page.set_default_timeout(WAIT)
    sent = asks(page)
    page.goto(f"{app_url}/digits?sample.nfe=5&sample.digits=16")
    player(page).wait_for()
    page.get_by_role("cell", name="400", exact=True).wait_for()  # all are counted: the page looks no more by itself
    page.locator("[data-test-script-state=notRunning]").wait_for()
    assert any("message" in each for each in sent), "the page is asked for through the socket that is listened to"
    page.locator(".player[data-playing=true]").wait_for()
    player(page).focus()
    page.keyboard.press("Space")  # at rest, a jump stays where it lands
    page.locator(".player[data-playing=false]").wait_for()
    sent.clear()
    pictures = set()
    for key, frame in (("Home", "0.0000"), ("End", "1.0000")):
        page.keyboard.press(key)
        page.locator(f".player[data-frame='{frame}']").wait_for()
        pictures.add(page.locator("figure").first.locator("canvas").first.screenshot())
    assert len(pictures) == 2 and sent == []


def test_a_click_on_a_cell_shows_its_digits(page: Page, app_url: str) -> None:
    """And chooses it: the boxes and the link name it too."""
    page.set_default_timeout(2 * WAIT)  # Plotly is heavy
    page.goto(f"{app_url}/digits?view=table")
    figure = page.locator("figure")
    figure.get_by_text("η = 0, S = 10", exact=True).wait_for()
    before = figure.locator("canvas").first.screenshot()
    marks = page.locator(".js-plotly-plot .points path.point")
    marks.nth(3 * 5 + 4).click(force=True)  # the fourth row, the last column
    figure.get_by_text("η = 1, S = 1000", exact=True).wait_for()
    assert before != figure.locator("canvas").first.screenshot()
    page.wait_for_url("**table.s=1000**")
    assert "table.eta=1" in page.url
    page.reload()
    figure.get_by_text("η = 1, S = 1000", exact=True).wait_for()
