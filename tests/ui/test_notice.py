"""What a link or a file says is shown as text: nothing on the way from a sentence to the page reads signs in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from diffviz.ui.notice import plain

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "diffviz" / "ui").rglob("*.py")]


def test_a_sentence_is_one_span_of_code() -> None:
    assert plain("Steps must be a number, got '[a](b)'.") == "` Steps must be a number, got '[a](b)'. `"


@pytest.mark.parametrize("sentence", ["got '`'.", "got '``` x `` y'.", "`a`", "got 'a\\n\\nb'."])
def test_no_sign_ends_the_span(sentence: str) -> None:
    shown = plain(sentence)
    fence = shown.split(" ")[0]
    assert set(fence) == {"`"} and shown == f"{fence} {sentence} {fence}" and fence not in sentence


def test_no_empty_line_ends_the_span() -> None:
    assert plain("one\n\n# two\u2028three") == "` one # two three `"


def test_no_other_box_is_put_on_a_page() -> None:
    boxes = {"error", "warning", "info", "success", "exception", "toast"}
    calls = [(path, node) for path in PAGES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    found = [
        f"{path.name}:{node.lineno}"
        for path, node in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in boxes
    ]
    assert len(PAGES) > 20 and found == []
