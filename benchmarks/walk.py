"""A teacher's walk through the lab in a browser: `python -m benchmarks.walk`.

Noise, a network that learns, the race at 5, 10, 20 and 50 calls, digits: each step by the page's own navigation and
controls, in one session on a fresh server. For every step the seconds until its picture stands, and the longest time in
which the window told nothing: neither the picture nor a cover that says what is computed. Written to
`benchmarks/results/walk.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks import record
from benchmarks.player import ARGUMENTS
from benchmarks.server import serve
from diffviz.commands.record import find_chromium

WANTED = 2.0  # seconds without a word
WAIT = 120_000  # ms
CALLS = (5, 10, 20, 50)
# Looks at every frame: does the picture stand, and if not, is there a cover, a still or a progress bar to be seen?
WATCH = """(sign) => {
  const seen = (window.walk = { begun: performance.now(), stands: null, silent: 0 });
  let since = seen.begun;
  const visible = (e) => e && e.getBoundingClientRect().height > 4 && getComputedStyle(e).visibility === "visible";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const players = () => all(".st-key-figure [data-testid=stBidiComponentIsolated]").map((e) => e.shadowRoot);
  const drawn = () =>
    players().some((e) => e?.querySelector("[data-paints]")) || all(".st-key-figure .main-svg").some(visible);
  const old = () => all(".st-key-figure [data-stale=true]").some((e) => e.offsetHeight > 4);
  const running = () => document.querySelector(".stApp")?.dataset.testScriptState !== "notRunning";
  const told = () => all(".st-key-cover:has(.cover-sheet), #opening").some(visible);
  const asked = new Function("return " + sign); // whether the page is the one, and the choice, that was asked for
  let ran = false; // since then
  const look = (now) => {
    ran ||= asked() && running();
    const stands = ran && drawn() && !old() && !running() && !all(".cover-sheet").length;
    if (stands || told()) since = now;
    seen.silent = Math.max(seen.silent, now - since);
    if (stands) return (seen.stands = now);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
Step = tuple[Callable[[Page], None], str]  # what is done, and how one sees in the browser that it was taken up


def navigate(name: str) -> Step:
    """Another page, by its name in the navigation."""
    link = f"document.querySelector('h1')?.textContent.startsWith({name!r})"
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click(), link


def spend(calls: int) -> Step:
    """The race's budget, by the keys of its slider."""

    def act(page: Page) -> None:
        slider = page.get_by_role("slider", name="Network calls each").first
        slider.focus()
        while (now := int(slider.get_attribute("aria-valuetext") or 0)) != calls:
            page.keyboard.press("ArrowRight" if now < calls else "ArrowLeft")

    return act, f"document.querySelector('.st-key-controls [aria-valuetext=\"{calls}\"]')"


def start() -> Step:
    """Begin to train, until the first look at a network that has learned something."""
    learned = "document.querySelector('.st-key-figure')?.textContent.match(/step [1-9][0-9,]* of/)"
    return lambda page: page.get_by_role("button", name="Start").first.click(), learned


STEPS: dict[str, Step] = {
    "Forward SDE": navigate("Forward SDE"),
    "Train live": navigate("Train live"),
    "Start": start(),
    "Sampler race": navigate("Sampler race"),
    **{f"{calls} calls": spend(calls) for calls in CALLS},
    "Digits": navigate("Digits"),
}


def walk(page: Page) -> dict[str, tuple[float, float]]:
    """By step, the seconds until its picture stands and the longest silence."""
    found = {}
    for name, (act, sign) in STEPS.items():
        page.evaluate(WATCH, sign)
        act(page)
        page.wait_for_function("window.walk.stands !== null", timeout=WAIT)
        begun, stands, silent = page.evaluate("[walk.begun, walk.stands, walk.silent]")
        found[name] = (stands - begun) / 1000, silent / 1000
        page.wait_for_timeout(1500)  # as long as one looks, at least
    return found


def main() -> None:
    """Walk, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=record.RESULTS / "walk.md")
    output = parser.parse_args().output
    with serve() as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(server.address)
        page.locator(".player[data-paints]").first.wait_for(timeout=WAIT)
        found = walk(page)
        browser.close()
    rows = [(name, f"{stands:.1f}", f"{silent:.2f}") for name, (stands, silent) in found.items()]
    longest = max(silent for _, silent in found.values())
    table = record.table(["step", "picture stands (s)", "longest silence (s)"], rows)
    record.write("A walk", [*table, "", f"Longest silence: {longest:.2f} s (wanted: at most {WANTED:g})."], output)


if __name__ == "__main__":
    main()
