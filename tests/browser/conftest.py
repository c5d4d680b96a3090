"""A real Chromium for the tests that need one; without it they are skipped, and say so."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium: the one DIFFVIZ_CHROMIUM names, else the first found on the path."""
    path = os.environ.get("DIFFVIZ_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: install one or name it in DIFFVIZ_CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Serve(Protocol):
    """What the fixture `serve` gives."""

    def __call__(self, *command: str | Path, cwd: Path, env: Mapping[str, str]) -> AbstractContextManager[str]: ...


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Runs a command that serves the app, with a free port at its end, while the context lasts; gives the address."""

    @contextmanager
    def serving(*command: str | Path, cwd: Path, env: Mapping[str, str]) -> Iterator[str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen([*command, str(port)], cwd=cwd, env=env)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(300):
                with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health") as answer:
                    if answer.status == 200:
                        break
                assert server.poll() is None, "the app did not start"
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(30)

    return serving


@pytest.fixture(scope="package")
def app_url(browser: Browser, serve: Serve) -> Iterator[str]:
    """The address of the app, served for these tests, after a first visit to its home page."""
    options = {"headless": "true", "address": "127.0.0.1", "fileWatcherType": "none"}
    flags = [f"--server.{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *flags, "--server.port"]
    with serve(*command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}) as address:
        first = browser.new_page()
        first.goto(address)
        first.get_by_role("heading", level=1).wait_for(timeout=60_000)
        first.close()
        yield address


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page of its own, 1280 by 800; raises at the end if there was an uncaught error in its scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, 1280 by 800; an uncaught error in its scripts fails the test."""
    with fresh_page(browser) as page:
        yield page


@pytest.fixture
def open_component(page: Page, tmp_path: Path) -> Callable[[str, str], Page]:
    """Opens a page that has nothing but one component's script and style, to be mounted by `window.mount`."""

    def opened(script: str, style: str) -> Page:
        text = f"<style>{style}</style><div id=here></div><script type=module>{script}\nwindow.mount = mount;</script>"
        path = tmp_path / "component.html"
        path.write_text(f"<!doctype html><meta charset=utf-8>{text}", encoding="utf-8")
        page.goto(path.as_uri())
        page.wait_for_function("() => window.mount")
        return page

    return opened
