"""The sampler race in a real browser: it plays when opened, and scrubbing stays in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

WAIT = 60_000
VIEWS = {  # the name in the link, and words of its own
    "Order": ("order", "The same starting points go through every solver"),
    "Anatomy": ("anatomy", "One particle, a few steps"),
    "SDE and ODE": ("sde-ode", "The clock runs to the right, from noise to data"),
    "Both ways": ("both-ways", "Left, data run up the flow"),
}


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
    page.get_by_text("Where each pane stops").wait_for()
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


def test_a_guess_is_answered_when_the_clock_has_arrived(page: Page, sent: list[object], app_url: str) -> None:
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/race?race.distances=wait")
    page.get_by_text("Where each pane stops").wait_for()
    notes, asked = page.locator(".note"), page.locator(".question")
    until(page, lambda: asked.inner_text() == "Which comes nearest?")
    assert frame(page) == 0 and "±" not in "".join(notes.all_inner_texts())
    page.wait_for_timeout(2_000)  # the app's own messages after arrival
    assert frame(page) == 0
    known = len(sent)
    page.get_by_role("button", name="Which comes nearest? DDIM").click()
    assert asked.inner_text() == "Your guess: DDIM."
    page.locator(".play").click()
    until(page, lambda: frame(page) == 1)
    assert asked.inner_text().startswith("Not this time. DPM-Solver++ 2M came nearest. 0 of 1 guesses right")
    assert all("±" in note for note in notes.all_inner_texts()) and sent[known:] == []
    page.locator(".timeline").press("ArrowLeft")
    assert "±" not in "".join(notes.all_inner_texts())
    assert page.locator(".guess:visible").all_inner_texts() == ["✗ Your guess", "✓"]
    slider = page.get_by_role("slider", name="Seed")  # another race asks anew, and waits again
    slider.press("ArrowRight")
    until(page, lambda: asked.inner_text() == "Which comes nearest?")
    assert frame(page) == 0 and page.locator(".guess:visible").count() == 3
    page.get_by_role("button", name="Which comes nearest? DPM-Solver++ 2M").click()
    page.locator(".timeline").press("End")
    assert "1 of 2 guesses right (50 %)" in asked.inner_text()


def test_unequal_cost_gives_each_pane_its_own_steps(lab: Page) -> None:
    lab.get_by_role("combobox", name="Race at").click()
    lab.get_by_role("option", name="Each its own steps").click()
    slider = lab.get_by_role("slider", name="Steps").first
    for steps in range(11, 16):
        slider.press("ArrowRight")
        until(lab, lambda steps=steps: f"race.steps1={steps}" in lab.url)
    until(lab, lambda: calls(lab) == ["15 calls", "10 calls", "10 calls"])


def test_quality_streams_in_and_ends_in_a_sentence(page: Page, app_url: str) -> None:
    """The chart takes new cells under the same key, without being mounted again, and the sentence names a sampler."""
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/race?view=quality&quality.samplers=ddim,dpmpp-2m")
    page.get_by_text("For this model and a distance of at most").wait_for()
    chart = page.locator(".player[data-paints]")
    chart.evaluate("node => (node.dataset.mine = 'kept')")
    before = int(chart.get_attribute("data-version") or 0)
    until(page, lambda: int(chart.get_attribute("data-version") or 0) > before)
    assert chart.get_attribute("data-mine") == "kept"
    assert page.get_by_text("DPM-Solver++ 2M at").is_visible()


def test_a_dragged_step_ranks_anew_and_is_in_the_link(page: Page, app_url: str) -> None:
    page.set_default_timeout(WAIT)
    page.goto(f"{app_url}/race?view=steps")
    page.get_by_text("as near as real data are").wait_for()
    handle = page.get_by_role("slider", name="Step 3 of 5")
    handle.focus()
    page.keyboard.press("PageUp")
    page.wait_for_url("**steps.shares=167-333-600-667-833**")
    page.get_by_text("as near as real data are").wait_for()
    page.reload()
    page.get_by_role("slider", name="Step 3 of 5").wait_for()
    assert page.locator(".steps").get_attribute("data-shares") == "0.167 0.333 0.6 0.667 0.833"


def test_a_view_is_one_click_away(lab: Page) -> None:
    for title, (view, words) in VIEWS.items():
        lab.get_by_role("radio", name=title).or_(lab.get_by_role("button", name=title, exact=True)).first.click()
        until(lab, lambda view=view: f"view={view}" in lab.url)
        lab.get_by_text(words).wait_for()
        lab.wait_for_function("!document.querySelector('[data-stale=\"true\"]')")  # nothing is left of the view before
        lab.locator(".player[data-paints], .js-plotly-plot").first.wait_for()
        lab.get_by_role("heading", name="What you see").wait_for()
        assert lab.get_by_text("encountered an error").count() == 0


@pytest.mark.parametrize("view", ["race", "anatomy", "sde-ode", "steps"])
def test_all_panes_stand_above_the_controls_and_these_above_the_fold(page: Page, app_url: str, view: str) -> None:
    page.set_default_timeout(WAIT)
    panes = "&race.panes=6" if view == "race" else ""
    for width, height in ((1440, 900), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        if width == 1440:
            page.goto(f"{app_url}/race?view={view}{panes}")
            page.locator(".player[data-paints]").wait_for()
            page.wait_for_function("!document.querySelector('.cover-sheet, [data-stale=\"true\"]')")
            page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(300)  # until all lies where it will lie
        transport = page.locator(".transport").bounding_box()
        assert transport is not None and transport["y"] + transport["height"] <= height
        for frame in page.locator(".player .frame").all():
            box = frame.bounding_box()
            assert box is not None and box["y"] + box["height"] <= transport["y"] + 1 and box["height"] >= 128


@pytest.mark.parametrize("view", ["steps", "both-ways", "anatomy"])
def test_a_formula_stays_on_its_lines_within_its_column(page: Page, app_url: str, view: str) -> None:
    page.set_default_timeout(WAIT)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{app_url}/race?view={view}")
        page.locator(".katex-display").first.wait_for()
        for formula in page.locator(".katex-display").all():
            assert formula.evaluate("box => box.scrollWidth <= box.clientWidth")
