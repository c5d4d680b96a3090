"""What a link and a file say is shown as text in a real browser: no link, no image, no formula, nothing fetched."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

WAIT = 60_000
pytestmark = pytest.mark.browser
HOSTILE = [
    "[Sign in again](http://evil.test)",
    "![x](http://evil.test/x.png)",
    "<img src=http://evil.test/y.png>",
    "http://evil.test www.evil.test a@evil.test",
    r"$x^2$ $$y$$ \(z\)",
    ":red[x] :smile: :material/home: -> --",
    "`a` ``b`` **c** _d_ ~~e~~",
    "| a |\n|---|\n| b |",
    "\u202eright to left\u200f",
    "x" * 5000,
]


def as_shown(text: str) -> str:
    inner = repr(text)[1:-1]
    return inner if len(inner) <= 60 else f"{inner[:59]}…"


def assert_text(page: Page, kind: str, text: str) -> None:
    """The page's box shows the text as it stands; there is nothing in it but paragraphs and spans."""
    box = page.get_by_test_id(f"stAlertContent{kind}")
    expect(box.locator("code")).to_be_visible(timeout=WAIT)
    shown = box.inner_text().replace("\u2060", "")
    assert as_shown(text) in shown, shown
    assert box.locator("a, img, svg, .katex, table, strong, em, del, span[style]").count() == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_a_link_writes_nothing_but_text(page: Page, app_url: str, text: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app_url}/forward?seed={quote(text)}")
    assert_text(page, "Info", text)
    assert not [url for url in asked if "evil.test" in url.split("?")[0]]


def test_the_text_of_a_box_looks_like_text(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/forward?seed=no")
    code = page.get_by_test_id("stAlertContentInfo").locator("code")
    expect(code).to_have_css("font-family", re.compile("^Inter"), timeout=WAIT)


def test_a_file_writes_nothing_but_text(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/train?data=csv")
    text = "![x](http://evil.test/x.png)"
    page.locator("input[type=file]").first.set_input_files(
        {"name": "[a](b) $x$.csv", "mimeType": "text/csv", "buffer": f"1,2\n3,{text}\n".encode()}, timeout=WAIT
    )
    assert_text(page, "Error", text)
    expect(page.get_by_text("[a](b) $x$.csv")).to_be_visible()
