"""The drawing pad in a real browser: strokes in, points out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from diffviz.player.source import pad_css, pad_js

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def pad(open_component: Callable[[str, str], Page]) -> Page:
    """A page with one empty pad; what it sends is in window.sent."""
    page = open_component(pad_js(), pad_css())
    _mount(page, [])
    return page


def _mount(page: Page, points: Any) -> None:
    give = """points => mount({
        parentElement: document.getElementById("here"),
        data: { points },
        setStateValue: (name, value) => (window.sent ??= []).push([name, value]),
    })"""
    page.evaluate(give, points)


def _draw(page: Page, *corners: tuple[float, float]) -> None:
    """One stroke through corners in [-3, 3]."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    places = [(box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def _sent(page: Page) -> Any:
    return page.evaluate("window.sent ?? []")


def test_a_stroke_becomes_points_along_it_sent_once_it_ends(pad: Page) -> None:
    assert pad.locator(".hint").is_visible()
    _draw(pad, (-2, 1), (2, 1))
    [[name, points]] = _sent(pad)
    xy = np.array(points)
    assert name == "points" and xy.ndim == 2
    assert np.abs(xy[:, 1] - 1).max() < 0.1  # within the brush of the line
    assert np.histogram(xy[:, 0], bins=8, range=(-2, 2))[0].min() > 20  # evenly along it
    assert pad.locator(".hint").is_hidden() and f"{len(xy)} points" in pad.locator(".count").inner_text()


def test_the_same_drawing_gives_the_same_points(pad: Page) -> None:
    _draw(pad, (-1, -1), (0, 1), (1, -1))
    pad.get_by_role("button", name="Clear").click()
    _draw(pad, (-1, -1), (0, 1), (1, -1))
    first, empty, second = (value for _, value in _sent(pad))
    assert first == second and empty == []


def test_undo_takes_back_the_last_stroke(pad: Page) -> None:
    assert pad.get_by_role("button", name="Undo").is_disabled()
    _draw(pad, (-2, 0), (-1, 0))
    _draw(pad, (1, 0), (2, 0))
    pad.get_by_role("button", name="Undo").click()
    first, both, after = (value for _, value in _sent(pad))
    assert len(both) > len(first) and after == first


def test_points_stay_inside_the_pad_and_under_the_limit(pad: Page) -> None:
    for k in range(8):
        y = -3.5 + k
        _draw(pad, (-2.9, max(y, -2.9)), (3.5, y), (-3.5, y))
    xy = np.array(_sent(pad)[-1][1])
    assert len(xy) == 5000 and np.abs(xy).max() <= 3
    assert "the most" in pad.locator(".count").inner_text()


def test_shows_the_points_it_is_given_and_ignores_the_echo_of_its_own(pad: Page) -> None:
    _draw(pad, (-2, 0), (-1, 0))
    _draw(pad, (1, 0), (2, 0))
    first, both = (value for _, value in _sent(pad))
    _mount(pad, first)  # the page's answer to the first stroke comes late
    assert pad.locator(".pad").get_attribute("data-points") == str(len(both))
    _mount(pad, [[0.5, 0.5], [1.0, 1.0]])
    assert pad.locator(".pad").get_attribute("data-points") == "2"
