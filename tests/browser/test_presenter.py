"""Presenter mode, the keys of the whole page, and the figure alone in another page's frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

WAIT = 60_000
FORWARD = "forward?particles=100"
pytestmark = pytest.mark.browser


def opened(page: Page, address: str) -> Locator:
    """The first player of a page, when all of its figure is drawn."""
    page.goto(address)
    player = page.locator(".player[data-paints]").first
    player.wait_for(timeout=WAIT)
    page.wait_for_function("!document.querySelector('.cover-sheet')", timeout=WAIT)
    expect(page.locator(".presenter")).to_be_attached()
    return player


def type_size(page: Page) -> float:
    return float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"))


def labels(page: Page) -> Locator:
    """The names of the choices that are to be seen beside the figure."""
    return page.locator(".st-key-controls [data-testid=stWidgetLabel]").locator("visible=true")


def shown(page: Page) -> list[str]:
    return [label.strip() for label in labels(page).all_inner_texts()]


def test_f_gives_the_window_to_the_figure_and_two_choices_and_takes_it_back(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    player = opened(page, f"{app_url}/{FORWARD}")
    plain, before, every = type_size(page), player.bounding_box(), shown(page)
    page.keyboard.press("f")
    for hidden in (page.locator("header"), page.get_by_role("heading", level=1), page.get_by_text("What you see")):
        expect(hidden).to_be_hidden()
    assert shown(page) == ["Data", "Schedule"] and len(every) > 2
    assert type_size(page) == 1.5 * plain
    after, clock = player.bounding_box(), player.locator(".transport").bounding_box()
    assert before is not None and after is not None and clock is not None
    assert after["width"] > 1.2 * before["width"] and clock["y"] + clock["height"] <= 720
    assert "present=1" in page.url
    page.get_by_role("button", name="Present").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert type_size(page) == plain and shown(page) == every and "present" not in page.url


def test_a_link_opens_so_and_neither_another_view_nor_a_rerun_leaves_it(page: Page, app_url: str) -> None:
    opened(page, f"{app_url}/score?present=1")
    expect(labels(page)).to_have_count(2)
    assert shown(page) == ["Data", "Score"]
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("view=step"), timeout=WAIT)
    slider = page.locator(".st-key-controls input[type=range]").locator("visible=true").first
    slider.focus(timeout=WAIT)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"step\.t="), timeout=WAIT)
    assert "present=1" in page.url and page.locator("html").get_attribute("data-alone") == "present"
    expect(labels(page)).to_have_count(2)


def test_keys_go_to_the_player_touched_last_unless_what_has_the_focus_uses_them(page: Page, app_url: str) -> None:
    first = opened(page, f"{app_url}/{FORWARD}")
    second = page.locator(".player[data-paints]").nth(1)
    second.wait_for(timeout=WAIT)
    expect(first).to_have_attribute("data-playing", "true")
    page.keyboard.press("Space")
    expect(first).to_have_attribute("data-playing", "false")
    seed = page.locator(".st-key-forward-seed input[type=range]")
    seed.focus()
    at = first.get_attribute("data-frame") or ""
    page.keyboard.press("ArrowRight")  # the slider's
    expect(seed).to_have_value("1")
    assert first.get_attribute("data-frame") == at
    page.keyboard.press("Space")  # of no use to a slider
    expect(first).to_have_attribute("data-playing", "true")
    second.locator(".title").first.click()
    playing = second.get_attribute("data-playing")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Space")
    expect(second).not_to_have_attribute("data-playing", playing or "")
    expect(first).to_have_attribute("data-playing", "true")


def test_the_keys_are_listed_at_a_question_mark_and_letters_are_not_taken_from_a_text(page: Page, app_url: str) -> None:
    opened(page, app_url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Play or pause")
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'text' }))")
    page.locator("#text").focus()
    page.keyboard.type("f? 2")
    expect(page.locator("#text")).to_have_value("f? 2")
    assert page.locator("html").get_attribute("data-alone") is None


@pytest.mark.parametrize(("width", "height"), [(853, 480), (960, 600), (390, 844)])
def test_zoomed_by_half_and_on_a_phone_nothing_is_cut(page: Page, app_url: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})  # 1280 by 720 and 1440 by 900 at 150 %
    player = opened(page, f"{app_url}/?present=1")
    clock = player.locator(".transport").bounding_box()
    assert clock is not None and clock["y"] + clock["height"] <= height
    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= innerWidth")


def test_embedded_there_is_the_figure_alone(page: Page, app_url: str) -> None:
    player = opened(page, f"{app_url}/{FORWARD}&embed=true")
    for hidden in (page.locator("header"), page.get_by_role("heading"), page.get_by_text("All keys")):
        expect(hidden.first).to_be_hidden()
    assert shown(page) == []
    box = player.bounding_box()
    assert box is not None and box["y"] < 60
    page.keyboard.press("f")
    assert page.locator("html").get_attribute("data-alone") == "embed"


def test_a_list_answered_by_pointer_gives_the_keys_back(page: Page, app_url: str) -> None:
    opened(page, f"{app_url}/score")
    page.get_by_role("combobox", name="Score", exact=True).click()
    page.get_by_role("option").nth(1).click()
    expect(page).to_have_url(re.compile("field.source="), timeout=WAIT)
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("view=step"), timeout=WAIT)
