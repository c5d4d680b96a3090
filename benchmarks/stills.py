"""A still of every view as it opens, which a page shows while the first picture is computed.

`python -m benchmarks.stills [PAGE ...]` serves the lab, opens each view in Chromium in both themes, and writes
`assets/stills/<page>-<view>-<theme>.webp`: what stands in the figure, somewhat past the middle of a scene's time. Real
digits are in it where DIFFVIZ_DATA is set.
"""

from __future__ import annotations

import argparse
import io

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.player import ARGUMENTS
from benchmarks.server import serve
from diffviz.commands.record import find_chromium
from diffviz.locations import ASSETS

VIEWS = {
    "home": ("",),
    "forward": ("",),
    "score": ("", "step", "langevin", "pull", "memory"),
    "train": ("", "objectives", "steps"),
    "likelihood": ("", "log-density", "elbo"),
    "race": ("", "quality", "order", "anatomy", "sde-ode", "steps", "both-ways"),
    "few-steps": ("", "consistency", "learned", "straight", "few-race"),
    "digits": ("", "learn", "table", "guidance", "latents", "inverse"),
}
SHARE, WIDTH, HEIGHT = 0.6, 900, 640  # of the clock; pixels of the file
WAIT = 300_000


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", choices=[*VIEWS, []], default=[], help="all, unless some are named")
    pages = parser.parse_args().pages or list(VIEWS)
    (ASSETS / "stills").mkdir(exist_ok=True)
    with serve() as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for theme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1440, "height": 2000}, color_scheme=theme)
            for name in pages:
                for view in VIEWS[name]:
                    address = f"{server.address}/{'' if name == 'home' else name}"
                    data = still(page, address + (f"?view={view}" if view else ""))
                    path = ASSETS / "stills" / f"{'-'.join(filter(None, [name, view, theme]))}.webp"
                    path.write_bytes(data)
                    print(f"{path.name}: {len(data):,} bytes", flush=True)
        browser.close()
