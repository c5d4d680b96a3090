"""Charts in a real browser: values under the pointer, a legend that hides, files, themes, and no weight elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import fresh_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WAIT = 120_000
ORDER = "race?view=order&order.samplers=ddim,dpmpp-2m"
CODE = "PlotlyChart"  # the file of Streamlit's that holds Plotly


@pytest.fixture(scope="module")
def order(browser: Browser, app_url: str) -> Iterator[Page]:
    """The order of two samplers, drawn; who changes the picture puts it back."""
    with fresh_page(browser) as page:
        page.set_default_timeout(WAIT)
        page.goto(f"{app_url}/{ORDER}")
        page.locator(".js-plotly-plot .points path.point").first.wait_for()
        yield page


def test_a_point_tells_its_values_under_the_pointer(order: Page) -> None:
    plate = order.locator(".hoverlayer .hovertext")
    for _ in range(20):  # the chart may still be finding its place
        order.mouse.move(0, 0)
        order.locator(".js-plotly-plot .points path.point").nth(2).hover(force=True)
        order.wait_for_timeout(250)
        if plate.count():
            break
    expect(plate).to_contain_text("DDIM: order 1.0")
    expect(plate).to_contain_text("network calls: 40")


def test_a_click_in_the_legend_hides_a_line_and_a_second_brings_it_back(order: Page) -> None:
    lines = order.locator(".js-plotly-plot .scatterlayer .trace")
    expect(lines).to_have_count(2)
    entry = order.locator(".legendtoggle").first
    entry.click(force=True)
    expect(lines).to_have_count(1)
    order.wait_for_timeout(500)  # or the two are a double click, which hides all others
    entry.click(force=True)
    expect(lines).to_have_count(2)


def test_values_and_print_are_saved_on_demand(order: Page, tmp_path: Path) -> None:
    order.get_by_role("button", name="Share").click()
    for name, start in (("CSV", b"series,network calls,"), ("PDF", b"%PDF"), ("PNG", b"\x89PNG")):
        with order.expect_download() as download:
            order.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / name
        download.value.save_as(path)
        assert path.read_bytes().startswith(start)
        assert download.value.suggested_filename.endswith(f".{name.lower()}")


def test_a_finger_on_a_chart_scrolls_the_page(browser: Browser, app_url: str) -> None:
    size = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, user_agent="Phone Mobile")  # type: ignore[arg-type]
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(f"{app_url}/digits?view=table")
    page.locator(".js-plotly-plot .points path.point").first.wait_for(state="attached")
    box = page.locator(".js-plotly-plot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 11):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 15 * k}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 50")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_follows_the_theme_and_fits_a_phone(browser: Browser, app_url: str, scheme: str) -> None:
    ink = {"light": "rgb(31, 41, 55)", "dark": "rgb(230, 232, 236)"}[scheme]
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(f"{app_url}/{ORDER}")
    page.locator(".js-plotly-plot .points path.point").first.wait_for()
    expect(page.locator(".legendtext").first).to_have_css("fill", ink)
    chart = page.locator(".js-plotly-plot").bounding_box()
    assert chart is not None and chart["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_a_page_without_a_chart_loads_no_plotly(page: Page, app_url: str) -> None:
    page.set_default_timeout(WAIT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in ("", "forward", "race?view=anatomy"):
        page.goto(f"{app_url}/{address}")
        page.locator(".player[data-paints]").first.wait_for()
    assert asked and not any(CODE in url for url in asked)
    page.goto(f"{app_url}/{ORDER}")
    page.locator(".js-plotly-plot").wait_for()
    assert any(CODE in url for url in asked)
