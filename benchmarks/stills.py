"""A still of every view as it opens, which a page shows while the first picture is computed.

`python -m benchmarks.stills` serves the lab, opens each view in Chromium in both themes, and writes
`assets/stills/<page>-<view>-<theme>.webp`: what stands in the figure, somewhat past the middle of a scene's time. Real
digits are in it where DIFFVIZ_DATA is set.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from diffviz.locations import ASSETS

ROOT = Path(__file__).parents[1]
VIEWS = {
    "forward": ("",),
    "train": ("",),
    "race": ("", "quality", "order", "anatomy", "sde-ode", "steps", "both-ways"),
    "digits": ("", "learn", "table", "guidance", "latents", "inverse"),
}
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SHARE, WIDTH, HEIGHT = 0.6, 900, 640  # of the clock; pixels of the file
WAIT = 300_000


@contextmanager
def served() -> Iterator[str]:
    """The address of the lab, served while the context lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "diffviz.cli", "app", "--port", str(port), "--no-browser"], cwd=ROOT
    )
    try:
        for _ in range(300):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health"):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def still(page: Page, address: str) -> bytes:
    """The figure of a view as WebP."""
    page.goto(address)
    page.locator(".player[data-paints], .js-plotly-plot").first.wait_for(timeout=WAIT)
    page.wait_for_function("!document.querySelector('.cover-sheet, [data-stale=\"true\"]')", timeout=WAIT)
    for player in page.locator(".player").all():
        slider = player.get_by_role("slider").first
        box = slider.bounding_box() if slider.count() else None
        if box is not None:
            slider.click(position={"x": SHARE * box["width"], "y": box["height"] / 2})
    page.wait_for_timeout(1500)
    image = Image.open(io.BytesIO(page.locator(".st-key-figure").screenshot())).convert("RGB")
    image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    image.crop((0, 0, WIDTH, min(image.height, HEIGHT))).save(data, "webp", quality=70, method=6)
    return data.getvalue()


if __name__ == "__main__":
    chromium = os.environ.get("DIFFVIZ_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    (ASSETS / "stills").mkdir(exist_ok=True)
    with served() as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for theme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1440, "height": 2000}, color_scheme=theme)
            for name, views in VIEWS.items():
                for view in views:
                    data = still(page, f"{url}/{name}" + (f"?view={view}" if view else ""))
                    path = ASSETS / "stills" / f"{'-'.join(filter(None, [name, view, theme]))}.webp"
                    path.write_bytes(data)
                    print(f"{path.name}: {len(data):,} bytes", flush=True)
        browser.close()
