"""The training page in a real browser: it moves, learns, rests, goes on, and learns what a hand draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

WAIT = 60_000
STATUS = re.compile(r"step ([\d,]+) of .* loss ([\d.]+) .* ([\d.]+) \(floor")


@pytest.fixture
def train(page: Page, app_url: str) -> Page:
    """The page before Start, with its picture."""
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/train?steps=5000")
    player(page).wait_for()
    return page


def player(page: Page) -> Locator:
    return page.locator(".player[data-paints]")


def data(page: Page, name: str) -> float:
    return float(player(page).get_attribute(f"data-{name}") or 0)


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stButton").get_by_role("button", name=name, exact=True).click()


def status(page: Page) -> tuple[int, float, float]:
    """Step, loss and distance as the page says them."""
    found = STATUS.search(page.get_by_text(STATUS).inner_text())
    assert found is not None
    step, loss, distance = found.groups()
    return int(step.replace(",", "")), float(loss), float(distance)


def step(page: Page) -> int:
    """The step that the page says; -1 before the first."""
    return status(page)[0] if page.get_by_text(STATUS).count() else -1


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until something holds. The player lives in a shadow root, where the page's own scripts do not find it."""
    for _ in range(WAIT // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail("waited in vain")


def picture(page: Page, pane: int = 0) -> bytes:
    return page.locator(".player canvas").nth(pane).screenshot()


def test_something_moves_before_start(train: Page) -> None:
    frame = data(train, "frame")
    until(train, lambda: data(train, "frame") != frame)
    assert train.get_by_text("Untrained", exact=True).is_visible()


def test_learns_rests_and_goes_on(train: Page) -> None:
    press(train, "Start")
    until(train, lambda: step(train) > 0)
    (first, loss, _), version, before = status(train), data(train, "version"), picture(train)
    until(train, lambda: step(train) >= first + 200 and data(train, "version") >= version + 3)
    later, lower, _ = status(train)
    assert later > first and lower < loss  # the loss falls
    assert picture(train) != before  # the samples move
    assert player(train).count() == 1

    press(train, "Pause")
    train.get_by_text("Paused").wait_for()
    train.wait_for_timeout(1000)  # the words come before their picture
    rested, version, before = status(train)[0], data(train, "version"), picture(train)
    train.wait_for_timeout(1500)  # several ticks of a run that works
    assert (status(train)[0], data(train, "version")) == (rested, version)
    assert picture(train) == before

    press(train, "Resume")
    until(train, lambda: step(train) > rested)
    press(train, "Reset")
    train.get_by_text("Untrained", exact=True).wait_for()
    assert "run=" not in train.url


def test_reload_finds_the_run_again(train: Page) -> None:
    press(train, "Start")
    until(train, lambda: step(train) > 100)
    train.wait_for_url(re.compile("run="))
    train.reload()
    until(train, lambda: step(train) > 100)
    press(train, "Reset")


def test_replay_is_scrubbed_without_the_server(train: Page) -> None:
    press(train, "Start")
    until(train, lambda: step(train) > 100)
    press(train, "Pause")
    train.get_by_test_id("stCheckbox").get_by_text("Replay learning").click()
    train.locator(".player .timeline").wait_for()
    until(train, lambda: data(train, "frame") > 0)
    version = data(train, "version")
    sent: list[str] = []
    train.on("request", lambda request: sent.append(request.url))
    player(train).focus()
    train.keyboard.press("Space")  # at rest, a jump stays where it lands
    train.keyboard.press("End")
    last = picture(train)
    train.keyboard.press("Home")
    until(train, lambda: data(train, "frame") == 0)
    assert picture(train) != last
    assert sent == [] and data(train, "version") == version
    press(train, "Reset")


def test_quick_presses_are_all_taken_while_it_learns(train: Page) -> None:
    press(train, "Start")
    until(train, lambda: step(train) > 0)
    slider = train.get_by_role("slider", name="Field at t")
    slider.focus()
    for _ in range(8):
        train.keyboard.press("ArrowRight")
        train.wait_for_timeout(100)
    train.wait_for_url(re.compile(r"at=0\.38"))
    before = step(train)
    until(train, lambda: step(train) > before)  # nothing of what is under way takes it back
    assert slider.get_attribute("aria-valuetext") == "0.38"
    press(train, "Reset")


def test_drawn_shape_is_learned(page: Page, app_url: str) -> None:
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/train?data=drawn&steps=5000")
    pad = page.locator(".pad canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    corners = [(0.2, 0.2), (0.8, 0.2), (0.5, 0.8), (0.2, 0.2)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=12)
    page.mouse.up()
    page.get_by_text("your points go into noise").wait_for()
    until(page, lambda: step(page) > 0)
    first, loss, distance = status(page)
    until(page, lambda: step(page) > first + 400)
    assert status(page)[1] < loss and status(page)[2] < distance
    assert int(page.locator(".pad").get_attribute("data-points") or 0) > 100  # the drawing stays
    press(page, "Reset")
