"""The lab in a real browser: deep links, Home that moves by itself, scrubbing without the server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.browser


def test_the_first_visitor_of_a_deep_link_gets_the_frame(page: Page):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "diffviz.cli", "app", "--port", str(port), "--no-browser"]
    server = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health"):
                break
            time.sleep(0.1)
        page.goto(f"http://127.0.0.1:{port}/train")
        expect(page.get_by_role("heading", level=1)).to_have_text("Train live", timeout=60_000)
        for door in ("Home", "Forward SDE", "Sampler race", "Digits"):
            expect(page.get_by_role("link", name=door, exact=True)).to_be_visible()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def test_home_moves_by_itself(page: Page, app_url: str):
    page.goto(app_url)
    player = page.locator(".player").first
    expect(player).to_have_attribute("data-playing", "true", timeout=60_000)
    first = player.get_attribute("data-frame")
    expect(player).not_to_have_attribute("data-frame", first or "")


def test_forward_scrubs_without_asking_the_server(page: Page, app_url: str):
    page.goto(f"{app_url}/forward")
    player = page.locator(".player").first
    expect(player).to_have_attribute("data-playing", "true", timeout=60_000)
    page.wait_for_timeout(3000)  # both players mounted, the second scene computed
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    player.get_by_role("slider").focus()
    page.keyboard.press("Space")
    expect(player).to_have_attribute("data-playing", "false")
    page.keyboard.press("Home")
    expect(player).to_have_attribute("data-frame", "0.0000")
    page.keyboard.press("End")
    expect(player).to_have_attribute("data-frame", "1.0000")
    assert sent == []


def test_a_link_reopens_the_forward_scene(page: Page, app_url: str):
    page.goto(f"{app_url}/forward?data=moons&schedule=cosine&steps=5&seed=3")
    expect(page.get_by_text("Euler–Maruyama, 5 steps")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(1000)
    assert all(part in page.url for part in ("data=moons", "schedule=cosine", "steps=5", "seed=3"))


@pytest.mark.parametrize("width", [1440, 390])
def test_the_title_of_a_card_stands_over_its_words(page: Page, app_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(app_url)
    titles, words = page.locator(".stPageLink p"), page.get_by_test_id("stCaptionContainer").locator("p")
    expect(titles).to_have_count(8)
    expect(words).to_have_count(8)
    for title, under in zip(titles.all(), words.all(), strict=True):
        above, below = title.bounding_box(), under.bounding_box()
        assert above is not None and below is not None
        assert above["x"] == pytest.approx(below["x"], abs=0.5) and above["y"] < below["y"]


@pytest.mark.parametrize("view", ["race", "race?view=both-ways", "train", "train?view=steps", "digits?view=guidance"])
def test_no_control_stands_below_the_fold(page: Page, app_url: str, view: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{app_url}/{view}")
    page.locator(".player[data-paints]").first.wait_for(timeout=60_000)
    page.locator(".stMain h1").wait_for(timeout=60_000)  # the style comes with it
    controls = page.locator(".st-key-controls").bounding_box()
    assert controls is not None and controls["y"] + controls["height"] <= 720


def test_the_navigation_has_a_name_on_a_phone_and_shows_where_the_keyboard_is(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app_url)
    opener = page.get_by_test_id("stExpandSidebarButton")
    expect(opener).to_be_visible(timeout=60_000)
    assert opener.evaluate("e => getComputedStyle(e, '::after').content") == '"Pages"'
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("link", name="Sampler race", exact=True).first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
