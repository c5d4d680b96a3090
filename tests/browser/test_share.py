"""The Share menu in a real browser: links, pictures, numbers, pages and code are what the player shows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import expect

from diffviz.player import Curve, Pane, Points, Scene, Trails
from diffviz.player.page import offline_page
from diffviz.player.payload import extended
from tests.browser.conftest import fresh_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECONDS, FRAMES, STEP = 0.5, 5, 2e-4  # of the scene; a step of its positions is 4 · 3 / 32,767
CODE = 'print("<scene> & more")\n'
ANGLE = np.linspace(0, np.pi / 2, FRAMES)
XY = np.stack([np.stack([r * np.cos(ANGLE), r * np.sin(ANGLE)], -1) for r in (0.5, 1.0, 2.0)], 1)  # (F, 3, 2)


def scene(seconds: float) -> Scene:
    """Three particles on circles, with trails, beside a curve with error bars."""
    bars = {"sine, of t": np.full(FRAMES, 0.25)}
    curve = Curve(ANGLE, {"sine, of t": np.sin(ANGLE)}, at=ANGLE, whiskers=bars, dots=True)
    turning = Pane([Trails(XY), Points(XY)], "Turning", notes=[f"frame {f}" for f in range(FRAMES)])
    return Scene([turning, Pane([curve], "Chart")], clock_values=[0.0, 1.0], seconds=seconds, autoplay=False)


@pytest.fixture(scope="module")
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The scene on a page of its own, its clock at rest, its menu open."""
    path = tmp_path_factory.mktemp("share") / "two.html"
    path.write_text(offline_page(extended(scene(SECONDS).payload(), code=CODE), "Two panes"), encoding="utf-8")
    with fresh_page(browser) as page:
        page.goto(path.as_uri())
        page.get_by_role("button", name="Share", exact=True).click()
        yield page


def taken(page: Page, button: str, folder: Path) -> Path:
    """The file that a button of the menu makes."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_png_is_twice_as_fine_as_the_page_and_shows_all_panes(shared: Page, tmp_path: Path) -> None:
    path = taken(shared, "PNG", tmp_path)
    image = Image.open(path).convert("RGB")
    width = shared.locator(".player").evaluate("node => node.clientWidth")
    assert path.name == "two-panes.png" and image.width == 2 * width
    left, right = (np.asarray(image)[:, half] for half in (slice(width), slice(width, None)))
    assert all(len(np.unique(half.reshape(-1, 3), axis=0)) > 20 for half in (left, right))


def test_a_gif_is_one_run_of_the_clock_whose_frames_differ(shared: Page, tmp_path: Path) -> None:
    image = Image.open(taken(shared, "GIF", tmp_path))
    frames = [np.asarray(frame.convert("RGB")).copy() for frame in ImageSequence.Iterator(image)]
    assert image.width <= 640 and image.info["loop"] == 0
    assert len(frames) == round(12 * SECONDS)
    assert all((a != b).any() for a, b in zip(frames, frames[1:], strict=False))
    corner = frames[0][:8, :8]
    assert all((frame[:8, :8] == corner).all() for frame in frames)  # what stands still does


def test_values_are_those_of_the_scene(shared: Page, tmp_path: Path) -> None:
    rows = table(taken(shared, "All frames", tmp_path))
    particles = [row for row in rows if row["pane"] == "Turning"]
    assert len(particles) == XY.shape[0] * XY.shape[1]  # once, though points and trails draw them
    for row in particles:
        frame, index = int(row["frame"]), int(row["index"])
        assert [float(row["x"]), float(row["y"])] == pytest.approx(XY[frame, index], abs=STEP)
        assert float(row["t"]) == pytest.approx(frame / (FRAMES - 1))
    points = [row for row in rows if row["series"] == "sine, of t"]
    assert [float(row["y"]) for row in points] == pytest.approx(np.sin(ANGLE), rel=1e-6, abs=1e-6)
    assert [float(row["high"]) - float(row["low"]) for row in points] == pytest.approx([0.5] * FRAMES, abs=1e-6)
    now = [row for row in table(taken(shared, "This moment", tmp_path)) if row["pane"] == "Turning"]
    assert [float(row["x"]) for row in now] == pytest.approx(XY[0, :, 0], abs=STEP)


def test_the_code_is_shown_and_saved_as_it_is(shared: Page, tmp_path: Path) -> None:
    assert shared.get_by_label("Python that makes this scene").input_value() == CODE
    path = taken(shared, "Download", tmp_path)
    assert path.suffix == ".py" and path.read_text(encoding="utf-8") == CODE


def test_keys_stay_in_the_menu_and_escape_gives_the_focus_back(shared: Page) -> None:
    for key in ("ArrowRight", "End"):
        shared.keyboard.press(key)
    shared.keyboard.press("Escape")
    expect(shared.locator("dialog")).to_have_count(0)
    assert shared.locator(".player").get_attribute("data-frame") == "0.0000"
    expect(shared.get_by_role("button", name="Share", exact=True)).to_be_focused()


def test_what_is_cancelled_leaves_nothing(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "long.html"
    path.write_text(offline_page(scene(seconds=60).payload(), "Long"), encoding="utf-8")
    page.goto(path.as_uri())
    saved: list[object] = []
    page.on("download", lambda download: saved.append(download))
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="GIF").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled: nothing was saved.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    assert saved == []


def test_a_link_leaves_out_what_is_this_sessions_and_the_menu_says_what_it_lacks(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "linked.html"
    path.write_text(offline_page(scene(SECONDS).payload(), "Linked"), encoding="utf-8")
    page.goto(f"{path.as_uri()}?seed=3&run=secret&present=1&embed=true")
    page.evaluate(
        "globalThis.diffvizPage = { name: 'order', title: '', lacks: ['Not the drawing.'], page: '', js: '' }"
    )
    page.get_by_role("button", name="Share", exact=True).click()
    address = page.get_by_label("Link to this moment").get_by_role("textbox").input_value()
    assert parse_qs(urlsplit(address).query) == {"seed": ["3"], "moment": ["0"]}
    assert page.get_by_text("Not the drawing.").is_visible()


def test_a_link_reopens_the_moment_until_the_visitor_moves_and_a_page_plays_offline(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    page.set_default_timeout(60_000)
    page.goto(f"{app_url}/forward?particles=200&moment=0.4321&speed=2&follow=11,12&layers=points,heat")
    page.locator(".player[data-frame='0.4321'][data-playing='false']").first.wait_for()
    assert page.get_by_label("Speed").first.input_value() == "2"
    expect(page.get_by_role("button", name="Trails").first).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".hint").first).to_have_text("Following particles 11, 12")
    page.wait_for_function("globalThis.diffvizPage")
    assert parse_qs(urlsplit(page.url).query)["moment"] == ["0.4321"]  # a reload finds it again
    page.get_by_role("button", name="Share", exact=True).first.click()
    link = parse_qs(urlsplit(page.get_by_label("Link to this moment").get_by_role("textbox").input_value()).query)
    assert link == {
        "particles": ["200"],
        "moment": ["0.4321"],
        "speed": ["2"],
        "follow": ["11,12"],
        "layers": ["points,heat"],
    }
    assert "moment" not in page.url  # the visitor has done something
    path = taken(page, "HTML", tmp_path)
    assert path.name == "forward.html"
    page.goto(path.as_uri())
    page.locator(".player:not([data-frame='0.0000'])").wait_for()
    expect(page.get_by_role("heading")).to_have_text("Forward SDE")
    assert page.locator("canvas").count() > 0
