"""Every view of every page as people see it: three windows, both themes.

`python -m benchmarks.screenshots FOLDER [PAGE ...]` serves the lab, opens each view in Chromium without motion and
writes `FOLDER/<page>-<view>-<width>-<theme>.png`: as much as the window shows, once the picture stands. `--long` shows
each page in a window so high that all of it is seen, `--present` the figure alone, as it is presented to a room.
"""

from __future__ import annotations

import argparse
import runpy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, sync_playwright

from benchmarks.player import ARGUMENTS
from benchmarks.server import serve
from diffviz.commands.record import find_chromium
from diffviz.ui import shell
from diffviz.ui.shell import View

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
DESKTOP, PHONE = ((1440, 900), (1280, 720)), ((390, 844),)
THEMES = ("light", "dark")
WAIT = 60_000  # ms
SHARE = 0.6  # of the clock of what moves
STANDS = """() => {
  const main = document.querySelector(".stMain");
  const waits = ".cover-sheet, #opening, [data-stale=true], .stSkeleton, .stSpinner";
  const there = ".st-key-figure :is([data-testid=stBidiComponentIsolated], .stPlotlyChart, h3, h4)";
  if (!main?.querySelector("h1") || !main.querySelector(there) || document.querySelector(waits)) return false;
  if (document.querySelector(".stApp").dataset.testScriptState !== "notRunning") return false;
  for (const { shadowRoot } of main.querySelectorAll(".st-key-figure [data-testid=stBidiComponentIsolated]")) {
    const drawn = shadowRoot?.querySelector(".player, .pad, .steps");
    if (!drawn || (drawn.matches(".player") && !drawn.dataset.paints)) return false;
  }
  return [...main.querySelectorAll(".stPlotlyChart")].every((c) => c.querySelector(".main-svg"));
}"""


def views_of(name: str) -> tuple[View, ...]:
    """The views that a page's script shows."""
    found: list[View] = []

    @contextmanager
    def page(_: str, *, wide: bool = False) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(show=lambda *views: found.extend(views))

    with patch.multiple(shell, page=page, engine=lambda: None, warm_up=lambda: None):
        runpy.run_path(str(ROOT / "pages" / f"{name}.py"))
    return tuple(found)


def link(page: str, view: View, present: bool = False) -> str:
    """Where a view is found, behind the server's address."""
    path = "" if page == "home" else page.replace("_", "-")
    query = {"view": view.slug} if view.slug else {}
    return f"/{path}?{urlencode(query | ({'present': '1'} if present else {}))}"


def settle(page: Page) -> None:
    """Wait until the picture stands, and move its clock to where it tells most."""
    page.wait_for_function(STANDS, timeout=WAIT)
    page.wait_for_timeout(150)  # what is drawn last may bring a second player
    page.wait_for_function(STANDS, timeout=WAIT)
    for slider in page.locator(".player .timeline:visible").all():
        box = slider.bounding_box()
        if box is not None:
            slider.evaluate(
                """(element, share) => {
                  const box = element.getBoundingClientRect();
                  const at = { clientX: box.left + share * box.width, clientY: box.top + box.height / 2, pointerId: 1 };
                  element.setPointerCapture = () => {};
                  for (const type of ["pointerdown", "pointerup"]) element.dispatchEvent(new PointerEvent(type, at));
                }""",
                SHARE,
            )
    page.wait_for_timeout(100)


def context_of(browser: Browser, width: int, height: int, theme: str) -> BrowserContext:
    """A window of its own, a phone's if it is narrow."""
    phone = {"is_mobile": True, "has_touch": True} if width < 640 else {}
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        **phone,  # type: ignore[arg-type]
    )


def height_of(page: Page) -> int:
    """Pixels from the top of a page to its end."""
    return int(page.evaluate("document.querySelector('.stMain').scrollHeight"))


def photograph(browser: Browser, address: str, folder: Path, names: list[str], long: bool, present: bool) -> None:
    """Visit all views of some pages in every window and theme."""
    views = [(name, view) for name in names for view in views_of(name)]
    for theme in THEMES:
        for first, *others in (DESKTOP, PHONE):
            context = context_of(browser, *first, theme)
            page = context.new_page()
            for name, view in views:
                page.set_viewport_size({"width": first[0], "height": first[1]})
                page.goto(address + link(name, view, present))
                try:
                    settle(page)
                except TimeoutError:
                    print(f"{name} {view.slug} at {first[0]} in the {theme} theme does not come to rest", flush=True)
                for width, height in (first, *others):
                    page.set_viewport_size({"width": width, "height": height})
                    page.wait_for_timeout(200)
                    if long:
                        room = f"calc({height}px - 15.5rem)"
                        page.add_style_tag(content=f".stMain {{ --room: {room} !important; }}")
                        page.set_viewport_size({"width": width, "height": max(height, height_of(page))})
                        page.wait_for_timeout(300)
                    slug = "-".join(filter(None, [name, view.slug]))
                    page.screenshot(path=folder / f"{slug}-{width}-{theme}.png")
            context.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*", choices=[*PAGES, []], default=[], help="all, unless some are named")
    parser.add_argument("--long", action="store_true", help="all of each page, not what a window shows")
    parser.add_argument("--present", action="store_true", help="in presenter mode")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with serve() as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        photograph(browser, server.address, options.folder, options.pages or PAGES, options.long, options.present)
        browser.close()
    print(f"{len(list(options.folder.glob('*.png')))} pictures in {time.perf_counter() - start:.0f} s")
