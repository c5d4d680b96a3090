"""The rows of the notes: they are complete, agree with the catalogue, and lead to what there is."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from diffviz.claims import CLAIMS
from diffviz.ui.notes import rows
from diffviz.ui.notes.chapters import TITLES
from diffviz.ui.notes.rows import CHAPTERS, Row, chapter
from diffviz.ui.shell import View

ROOT = Path(__file__).parents[2]
ROWS = [row for slug in CHAPTERS for row in chapter(slug).rows]
ITEMS = range(1, 56)  # of the specification


def views(page: str) -> set[str]:
    """The slugs of a page's views."""
    package = import_module(f"diffviz.ui.{page}")
    modules = [import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    return {module.VIEW.slug for module in modules if isinstance(getattr(module, "VIEW", None), View)}


def test_every_chapter_is_a_view() -> None:
    assert tuple(TITLES) == CHAPTERS
    assert {path.stem for path in (ROOT / "content" / "en" / "notes").iterdir()} == set(CHAPTERS)
    assert all(chapter(slug).lead and chapter(slug).rows for slug in CHAPTERS)


def test_every_item_of_the_specification_has_its_row() -> None:
    counted = Counter(item for row in ROWS for item in row.items)
    assert sorted(counted) == list(ITEMS)


def test_the_catalogue_and_the_rows_agree() -> None:
    named = [row.claim for row in ROWS if row.claim]
    assert sorted(named) == sorted(CLAIMS)


def test_titles_tell_rows_apart() -> None:
    titles = [row.title for row in ROWS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_a_row_is_complete(row: Row) -> None:
    assert row.statement and row.because.endswith(".") and row.play.endswith(".")
    assert row.right or not row.claim
    assert row.why or not row.claim
    assert bool(row.printed) == (row.verdict in ("wrong", "imprecise"))
    assert len([line for line in row.why.splitlines() if line.strip() not in ("", "$$")]) <= 6
    texts = row.statement, row.printed, row.right, row.why, row.because, row.play
    assert all(text.count("$") % 2 == 0 for text in texts)
    assert not re.search(r"\*\*|\{items|\{claim|\]\(", " ".join(texts))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_links_lead_to_views_that_there_are(row: Row) -> None:
    for link in row.links:
        assert (ROOT / "pages" / f"{link.module}.py").is_file()
        query = dict(link.query)
        assert query.get("view", "") in {"", *views(link.module)}


def test_pages_are_found_where_their_views_are() -> None:
    assert "order" in views("race") and "table" in views("digits") and "nothing" not in views("race")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("A {claim X}\n\nText.\n\n**Verdict** wrong: it is.", "marks"),
        ("A {items 1}\n\nText.\n\n**Verdict** bad: it is.", "verdict"),
        ("A\n\nText.\n\n**Why** One.\n\n**Why** Two.\n\n**Verdict** wrong: it is.", "twice"),
    ],
)
def test_what_cannot_be_read_is_refused(row: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        rows.read(row)


def test_a_row_is_read_part_by_part() -> None:
    text = (
        "A row {items 3 14} {claim a-b}\n\nOne.\n\nTwo.\n\n**Printed**\n\n$$x$$\n\n**Why**\n- a\n- b\n\n"
        "**Verdict** wrong: by 2.\n\n**Play** [A, B](race?view=order), [C](forward): look."
    )
    row = rows.read(text)
    assert (row.title, row.items, row.claim, row.statement) == ("A row", (3, 14), "a-b", "One.\n\nTwo.")
    assert (row.printed, row.right, row.why) == ("$$\nx\n$$", "", "- a\n- b")
    assert (row.verdict, row.because, row.play) == ("wrong", "by 2.", "look.")
    assert [(link.label, link.page, link.query) for link in row.links] == [
        ("A, B", "race", (("view", "order"),)),
        ("C", "forward", ()),
    ]
