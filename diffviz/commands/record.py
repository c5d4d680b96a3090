"""A scene recorded in an installed Chromium: one picture of it, or all of it as a GIF."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz.config import ConfigError
from diffviz.player import Scene, save

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FRAMES_A_SECOND = 12
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_WIDTH = {1: 620, 2: 900}  # of the page by the scene's columns, in pixels


def record(scene: Scene, path: Path, at: float = 1.0) -> None:
    """Write a PNG of the scene at a position of its clock, 0 to 1, or the whole of it as a GIF, by the path's ending.

    Raises `ConfigError`, in one sentence, where there is no Chromium or nothing to drive it.
    """
    with ThreadPoolExecutor(1) as worker:  # a thread of its own, as a notebook's has an event loop that is running
        worker.submit(_record, scene, path, at).result()


def _record(scene: Scene, path: Path, at: float) -> None:
    with _opened(scene) as page:
        if path.suffix == ".png":
            path.write_bytes(_picture(page, at))
            return
        from PIL import Image

        count = max(2, round(scene.seconds * FRAMES_A_SECOND))
        frames = [Image.open(io.BytesIO(_picture(page, k / (count - 1)))).convert("P") for k in range(count)]
        pause = [round(1000 / FRAMES_A_SECOND)] * (count - 1) + [1200]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=pause, loop=0, optimize=True)


def find_chromium() -> str:
    """The browser that DIFFVIZ_CHROMIUM names, else the first one on the path; `ConfigError` if there is none."""
    named = os.environ.get("DIFFVIZ_CHROMIUM")
    executable = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if executable is None:
        raise ConfigError("Recording a scene needs Chromium: install it, or name one in DIFFVIZ_CHROMIUM.")
    return executable


@contextmanager
def _opened(scene: Scene) -> Iterator[Page]:
    executable = find_chromium()
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ConfigError("Recording a scene needs playwright: pip install 'diffviz[record]'.") from None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = save(scene, Path(folder) / "scene.html")
        try:
            browser = driver.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        except Error:
            raise ConfigError(f"{executable} did not start as a browser that can be driven.") from None
        try:
            width = _WIDTH.get(scene.columns, 1200)
            page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
            page.goto(file.as_uri())
            page.locator(".player[data-paints]").wait_for()
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": height})  # or the controls would cover what is lower
            yield page
        finally:
            browser.close()


def _picture(page: Page, position: float) -> bytes:
    """The panes at a position of the clock, which is set by a click on the timeline where there is one."""
    timeline = page.locator(".timeline")
    if timeline.is_visible():
        box = timeline.bounding_box()
        assert box is not None
        x = box["x"] + min(max(position * box["width"], 1), box["width"] - 1)
        page.mouse.click(x, box["y"] + box["height"] / 2)
    return page.locator(".stage").screenshot()
