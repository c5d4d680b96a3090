"""How soon a page that is opened by its address shows something: `python -m benchmarks.first_paint`.

An empty Streamlit page, and then every page of the lab on a server that has opened it before, each in a fresh Chromium
profile, so that nothing is in the browser's cache. Seconds from the address to the frame of the page, its title, the
first sight of the scene (its still, or the picture itself), and the picture with nothing over it; medians. Written to
`benchmarks/results/first_paint.md`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks import record
from benchmarks.player import ARGUMENTS
from benchmarks.server import serve
from diffviz.commands.record import find_chromium

PAGES = ("", "forward", "train", "race", "race?view=order", "digits", "digits?view=latents")
MARKS = ("frame", "title", "scene", "picture")
EMPTY = 'import streamlit as st\nst.set_page_config(layout="wide")\nst.title("Empty")\n'
WANTED = 0.3  # seconds after the empty page
WAIT = 60_000
# Notes the first frame in which each of the marks is to be seen.
WATCH = """(() => {
  const at = (window.firstSeen = {});
  const seen = (e) => e && e.getBoundingClientRect().height > 4 && getComputedStyle(e).visibility === 'visible';
  const all = (selector) => [...document.querySelectorAll(selector)];
  const hosts = () => all('[data-testid="stBidiComponentIsolated"]');
  const players = () => hosts().map((host) => host.shadowRoot?.querySelector('.player[data-paints]'));
  const stills = () => all('#opening img, .cover-sheet img');
  const marks = {
    frame: () => seen(document.querySelector('.stMain')),
    title: () => all('h1').some(seen),
    picture: () => !stills().length && !all('.cover-sheet').length && [...players(), ...all('.main-svg')].some(seen),
    scene: () => marks.picture() || stills().some((image) => image.complete && seen(image)),
  };
  const look = (now) => {
    for (const [name, met] of Object.entries(marks)) if (!(name in at) && met()) at[name] = now / 1000;
    if (!('picture' in at)) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""


def load(browser: Browser, address: str, last: str) -> dict[str, float]:
    """Seconds to each mark of one load, until the `last` one is there."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function(f"window.firstSeen && '{last}' in window.firstSeen", timeout=WAIT)
    seen: dict[str, float] = page.evaluate("window.firstSeen")
    context.close()
    return seen


def medians(browser: Browser, address: str, last: str, loads: int) -> dict[str, float]:
    """The medians of some loads, after one that does not count."""
    found = [load(browser, address, last) for _ in range(loads + 1)][1:]
    return {mark: median(seen[mark] for seen in found) for mark in MARKS if mark in found[0]}


def report(empty: float, pages: dict[str, dict[str, float]], loads: int) -> list[str]:
    """The table, and what was wanted."""
    rows = [(f"/{page}", *(f"{seen[mark]:.2f}" for mark in MARKS)) for page, seen in pages.items()]
    late = max(seen["scene"] for seen in pages.values()) - empty
    return [
        f"An empty Streamlit page shows its title {empty:.2f} s after its address was asked for. Medians of {loads}.",
        "",
        *record.table(["page", "frame (s)", "title (s)", "still or picture (s)", "picture (s)"], rows),
        "",
        f"Still or picture, the latest of these pages: {late:.2f} s after the empty page (wanted: {WANTED:g}).",
    ]


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=3, help="of each page")
    parser.add_argument("--output", type=Path, default=record.RESULTS / "first_paint.md")
    a = parser.parse_args()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "empty.py"
            script.write_text(EMPTY, encoding="utf-8")
            with serve(script=script) as server:
                empty = medians(browser, server.address, "title", a.loads)["title"]
        with serve() as server:
            pages = {page: medians(browser, f"{server.address}/{page}", "picture", a.loads) for page in PAGES}
        browser.close()
    record.write("First paint", report(empty, pages, a.loads), a.output)


if __name__ == "__main__":
    main()
