"""Layers of a picture: shown and hidden, in words, chosen by keys; contours where they belong; light in the dark."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from diffviz.player import LAYERS, Contours, Heat, Pane, Part, Points, Scene, Trails
from diffviz.player.source import player_css, player_js
from tests.player.test_layers import EXAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
GRID = np.stack(np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-2, 2, 5)), -1).reshape(-1, 2)  # row by row from below
WAY = GRID + np.linspace(0, 0.5, 11)[:, None, None]
DENSITY = np.exp(-np.square(np.mgrid[-2.9:2.9:30j, -2.9:2.9:30j]).sum(0) / 2)[None]
Show = Callable[..., None]


@pytest.fixture
def show(open_component: Callable[[str, str], Page]) -> Show:
    """Opens a page with the player and hands it a scene; again for the scene after."""
    opened: list[Page] = []

    def shown(panes: list[Pane], hidden: tuple[Part, ...] = ()) -> None:
        if not opened:
            opened.append(open_component(player_js(), player_css()))
        payload = Scene(panes, clock_values=[1.0, 0.0], autoplay=False, hidden=hidden).payload()
        give = """text => mount({
            parentElement: document.getElementById("here"), data: Uint8Array.from(atob(text), c => c.charCodeAt(0)),
        })"""
        opened[0].evaluate(give, base64.b64encode(payload).decode())

    return shown


def picture() -> Pane:
    layers = [Heat(DENSITY), Trails(WAY, length=3), Points(WAY), Points(GRID[None] / 2, follow=False, part="data")]
    return Pane(layers, "All")


def pixels(page: Page) -> str:
    return str(page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))


def words(page: Page, pane: int = 0) -> str:
    return page.locator("canvas").nth(pane).get_attribute("aria-label") or ""


def test_buttons_and_keys_hide_layers_and_a_new_payload_keeps_them_hidden(page: Page, show: Show) -> None:
    show([picture()], hidden=("heat",))
    names = ["Points", "Data", "Trails", "Heat map"]
    assert page.locator(".parts .part").all_inner_texts() == names
    heat, points = (page.get_by_role("button", name=name) for name in ("Heat map", "Points"))
    expect(heat).to_have_attribute("aria-pressed", "false")
    plain = pixels(page)
    heat.click()
    expect(heat).to_have_attribute("aria-pressed", "true")
    assert pixels(page) != plain and "a heat map" in words(page)
    page.keyboard.press("p")
    expect(points).to_have_attribute("aria-pressed", "false")
    assert "25 data points" in words(page) and "25 points" not in words(page)
    show([picture(), picture()], hidden=("heat",))
    assert [part.get_attribute("aria-pressed") for part in page.locator(".parts .part").all()] == [
        *("false", "true", "true", "true")
    ]


def test_there_is_no_button_without_a_choice_nor_for_a_drawing_that_needs_all_of_its_layers(
    page: Page, show: Show
) -> None:
    show([Pane([Points(WAY)])])
    expect(page.locator(".parts")).to_be_hidden()
    show([Pane([Points(WAY), Heat(DENSITY)], fixed=True)])
    expect(page.locator(".parts")).to_be_hidden()


def test_on_a_phone_they_fold_behind_one_button(page: Page, show: Show) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    show([picture()])
    fold, parts = page.get_by_role("button", name="Layers"), page.locator(".parts")
    expect(parts).to_be_hidden()
    fold.click()
    expect(parts).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert all((part.bounding_box() or {})["height"] >= 28 for part in parts.locator("button").all())


def test_keys_follow_the_next_particle_and_the_nearest_that_way_and_let_go(page: Page, show: Show) -> None:
    show([Pane([Points(WAY)], "Moving"), Pane([Points(WAY[:1])], "Still")])
    page.locator("canvas").first.focus()
    hint, said = page.locator(".hint"), page.locator(".status")
    for key, particle in [
        *(("n", 0), ("n", 1), ("Shift+N", 0), ("Shift+N", 24), ("Escape", None)),
        *(("Shift+ArrowUp", 12), ("Shift+ArrowUp", 17), ("Shift+ArrowLeft", 16), ("Shift+ArrowDown", 11)),
        ("Shift+ArrowRight", 12),
    ]:
        page.keyboard.press(key)
        expect(hint).to_have_text(
            f"Following particle {particle}" if particle is not None else "Click a particle to follow it"
        )
    expect(said).to_have_text(
        "Following particle 12. t = 1.00. Moving particle 12 at (0.00, 0.00). Still particle 12 at (0.00, 0.00)."
    )
    page.keyboard.press("ArrowRight")  # without Shift the clock's
    assert "t = 0.90. 25 points. particle 12 at (0.05, 0.05)" in words(page)
    assert "particle 12 at (0.00, 0.00)" in words(page, 1)


def test_every_kind_of_layer_says_what_it_shows(page: Page, show: Show) -> None:
    show([Pane([layer, EXAMPLES["handle"]] if slug == "kernel" else [layer], "") for slug, layer in EXAMPLES.items()])
    said = [words(page, k).removeprefix("t = 1.00").strip(". ") for k in range(len(LAYERS))]
    assert all(said) and len(set(said)) == len(said)
    spoken = dict(zip(EXAMPLES, said, strict=True))
    assert spoken["curve"] == "a chart: a 0"
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert words(page, list(EXAMPLES).index("curve")) == "t = 0.00. a chart: a 1"


def test_contours_stand_where_the_density_has_their_value(page: Page, show: Show) -> None:
    show([Pane([Contours(DENSITY, np.exp([[-0.5, -2.0]]), ("", ""))])])  # circles of radius 1 and 2
    radii = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const far = [];
        for (let n = 0; n < data.length / 4; n++) {
            if (data[4 * n + 3] < 60) continue;
            const at = [n % canvas.width + 0.5, Math.floor(n / canvas.width) + 0.5];
            far.push(Math.hypot(...at.map(v => 6 * v / canvas.width - 3)));
        }
        return far;
    }"""
    found = np.array(page.locator("canvas").evaluate(radii))
    apart = np.minimum(np.abs(found - 1), np.abs(found - 2))
    assert len(found) > 500 and np.quantile(apart, 0.99) < 0.03
    assert 0.25 < (found < 1.5).mean() < 0.5  # half as long, and its rim is less faint


def light(browser: Browser, scheme: str, motion: str) -> tuple[int, bool]:
    """Pixels with ink of moving points at mid-clock, and whether they are the same from either side."""
    context = browser.new_context(color_scheme=scheme, reduced_motion=motion)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_content(f"<style>{player_css()}</style><div id=here></div>")
    payload = base64.b64encode(Scene([Pane([Points(3 * WAY)])], autoplay=False).payload()).decode()
    page.add_script_tag(
        type="module",
        content=f"""{player_js()}
        mount({{ parentElement: here, data: Uint8Array.from(atob("{payload}"), c => c.charCodeAt(0)) }});""",
    )
    page.wait_for_selector(".player[data-paints]")
    page.get_by_role("slider").focus()
    seen = []
    for from_, way in (("Home", "ArrowRight"), ("End", "ArrowLeft")):
        page.keyboard.press(from_)
        for _ in range(5):
            page.keyboard.press(way)
        seen.append(pixels(page))
    inked = (
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, k) => k % 4 === 3 && v).length"
    )
    count = int(page.locator("canvas").evaluate(inked))
    context.close()
    return count, seen[0] == seen[1]


def test_in_the_dark_points_leave_light_the_same_however_the_clock_came_and_none_without_motion(
    browser: Browser,
) -> None:
    (plain, _), (dark, exact), (still, _) = (
        light(browser, *case) for case in (("light", "no-preference"), ("dark", "no-preference"), ("dark", "reduce"))
    )
    assert exact and dark > 3 * plain and still == plain
