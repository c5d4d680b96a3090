"""The player against the same animation as Plotly frames, in headless Chromium: `python -m benchmarks.player`.

Six panes of 1,000 particles over 80 frames, and one of 10,000. Payload is what has to be sent for the data; paint is
from navigation to the first picture, the median of three loads; rates are counted over four seconds of playing, also in
the dark theme, where particles leave light.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright
from plotly.subplots import make_subplots

from diffviz.player import Pane, Points, Scene, save

PANES, PARTICLES, FRAMES, SECONDS = 6, 1_000, 80, 6.0
WATCH = 4.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
Animation = list[NDArray[np.float64]]  # one (F, N, 2) a pane


def animation(particles: int) -> Animation:
    """Noise that becomes a ring of blobs, differently in each pane."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, np.pi / 2, FRAMES)[:, None, None]
    angle = 2 * np.pi * rng.integers(0, 8, particles) / 8
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], -1)
    return [
        np.cos(t) * rng.standard_normal((particles, 2)) + np.sin(t) * (ring + 0.1 * rng.standard_normal((particles, 2)))
        for _ in range(PANES)
    ]


def as_plotly(panes: Animation, path: Path) -> int:
    """The animation as Plotly frames in one HTML file, plotly.js inside; answers the bytes of the figure alone."""
    columns = 3
    figure = make_subplots(rows=PANES // columns, cols=columns)

    def dots(frame: int, k: int) -> go.Scatter:
        xy = panes[k][frame].round(3)
        return go.Scatter(x=xy[:, 0], y=xy[:, 1], mode="markers", marker={"size": 3.2, "opacity": 0.8})

    for k in range(PANES):
        figure.add_trace(dots(0, k), row=k // columns + 1, col=k % columns + 1)
    figure.frames = [go.Frame(data=[dots(f, k) for k in range(PANES)], name=str(f)) for f in range(FRAMES)]
    figure.update_xaxes(range=[-3, 3]).update_yaxes(range=[-3, 3])
    figure.update_layout(width=1200, height=820, showlegend=False)
    figure.write_html(path, include_plotlyjs=True, auto_play=False, div_id="figure")
    return len(figure.to_json().encode())


# Counts pictures Plotly shows: plays the frames without transition, as fast as it can, but not above 60 a second.
PLAY_PLOTLY = """
async (seconds) => {
  const figure = document.getElementById("figure");
  let frames = 0;
  figure.on("plotly_animatingframe", () => { frames += 1; });
  const start = performance.now();
  const options = { frame: { duration: 1000 / 60, redraw: false }, transition: { duration: 0 }, mode: "immediate" };
  while (performance.now() - start < 1000 * seconds) await Plotly.animate(figure, null, options);
  return (1000 * frames) / (performance.now() - start);
}
"""
PAINTS = "() => Number(document.querySelector('.player').dataset.paints)"
NOW = "() => performance.now()"


def first_paint(browser: Browser, path: Path, ready: str) -> float:
    """Seconds from navigation until `ready` is on the page and the next frame is drawn; median of three."""
    taken = []
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri(), wait_until="commit")
        page.wait_for_selector(ready, state="attached")
        drawn = "() => new Promise((go) => requestAnimationFrame(() => setTimeout(() => go(performance.now()))))"
        taken.append(float(page.evaluate(drawn)) / 1000)
        page.close()
    return statistics.median(taken)


def player_rate(browser: Browser, path: Path, scheme: Literal["light", "dark"]) -> float:
    """Pictures a second while the player plays in a theme."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page.goto(path.as_uri())
    page.wait_for_timeout(500)
    before, start = page.evaluate(PAINTS), page.evaluate(NOW)
    page.wait_for_timeout(1000 * WATCH)
    rate = 1000 * (page.evaluate(PAINTS) - before) / (page.evaluate(NOW) - start)
    page.close()
    return float(rate)


def plotly_rate(browser: Browser, path: Path) -> float:
    """Pictures a second while Plotly plays its frames."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("#figure .point", state="attached")
    rate = page.evaluate(PLAY_PLOTLY, WATCH)
    page.close()
    return float(rate)


def counted(panes: int) -> str:
    """The number of panes, in words."""
    return f"{panes} {'pane' if panes == 1 else 'panes'}"


def table() -> str:
    """Run both and answer a Markdown table."""
    path = os.environ.get("DIFFVIZ_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise SystemExit("No Chromium on this machine: install one or name it in DIFFVIZ_CHROMIUM.")
    rows: list[tuple[Any, ...]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        for particles, count in ((PARTICLES, PANES), (2 * PARTICLES, PANES), (10 * PARTICLES, 1)):
            panes = animation(particles)[:count]
            scene = Scene([Pane([Points(xy)], f"Pane {k}") for k, xy in enumerate(panes)], seconds=SECONDS)
            file = save(scene, Path(folder) / f"player{particles}.html")
            sent, paint = len(scene.payload()) / count, first_paint(browser, file, ".player[data-paints]")
            light, dark = player_rate(browser, file, "light"), player_rate(browser, file, "dark")
            rows.append((f"player, {counted(count)} of {particles:,}", sent, paint, f"{light:.0f}", f"{dark:.0f}"))
        file = Path(folder) / "plotly.html"
        sent = as_plotly(animation(PARTICLES), file) / PANES
        paint, rate = first_paint(browser, file, "#figure .point"), plotly_rate(browser, file)
        rows.append((f"Plotly frames, {counted(PANES)} of {PARTICLES:,}", sent, paint, f"{rate:.0f}", ""))
        browser.close()
    lines = [
        f"| {FRAMES} frames | payload a pane (MB) | first paint (s) | frames a second | in the dark |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    return "\n".join(
        lines
        + [f"| {name} | {sent / 1e6:.2f} | {paint:.2f} | {fps} | {dark} |" for name, sent, paint, fps, dark in rows]
    )


if __name__ == "__main__":
    print(table())
