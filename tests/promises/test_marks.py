"""Every promise of the pages' words has a test, and every sentence there says whether it promises something."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from diffviz.locations import CONTENT
from diffviz.ui.words import MARKED, prose, sentences

PAGES = sorted(path.stem for path in (CONTENT / "en").glob("*.md"))
END_INSIDE = re.compile(r"[.?!][*)”]*\s+[*(“]?[A-Z]")


def kept() -> Counter[str]:
    """How many tests answer for each promise: those marked with its name."""
    named: Counter[str] = Counter()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.promise":
                        named.update(ast.literal_eval(name) for name in decorator.args)
    return named


@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_says_whether_it_promises(page: str) -> None:
    assert [s.text for s in sentences(page) if s.promise is None] == []
    assert [s.text for s in sentences(page) if END_INSIDE.search(s.text)] == []


def test_every_promise_has_its_test_and_every_test_its_promise() -> None:
    made = [s.promise for page in PAGES for s in sentences(page) if s.promise]
    assert sorted(made) == sorted(set(made))
    assert set(made) == set(kept())


@pytest.mark.parametrize("page", PAGES)
def test_no_mark_is_shown(page: str) -> None:
    assert not re.search(r"\{(#[\w-]|look)", "".join(prose(page).values()))
    assert page == "glossary" or [heading for heading in MARKED if heading not in prose(page)] == []
