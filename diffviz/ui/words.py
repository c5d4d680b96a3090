"""The words of the pages: Markdown files, a part a heading, in which every promise carries its name.

Under "What you see" and "Try" each sentence ends with a mark that no page shows: `{#name}` where it promises something
that is to be seen, for which a test in tests/promises/ answers, or `{look}` where it only says where to look, what to
do, or what a thing is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from diffviz.locations import CONTENT
from diffviz.ui.terms import explain_terms

MARKED = ("What you see", "Try")
_MARK = re.compile(r"\s*\{(#[a-z0-9-]+|look)\}")
_FORMULA = re.compile(r"^\$\$(.+)\$\$$", re.MULTILINE)
_BLOCK = re.compile(r"\n\s*\n|\n(?=- )")  # between paragraphs, and before an item of a list


class Sentence(NamedTuple):
    """What stands before a mark. promise: its name, "" for one that only says where to look, None without a mark."""

    text: str
    promise: str | None


@cache
def prose(page: str) -> dict[str, str]:
    """The parts of a page's Markdown file by heading, without marks; "" holds the title and the lead."""
    return {heading: set_blocks(_MARK.sub("", body)) for heading, body in _parts(page).items()}


def set_blocks(text: str) -> str:
    """The text with every formula that has a line to itself set as a block, its signs on lines of their own.

    Else Streamlit sets it in the running text, small and broken where the column ends.
    """
    return _FORMULA.sub(r"$$\n\1\n$$", text)


def sentences(page: str) -> list[Sentence]:
    """What stands under the headings whose sentences are marked, in order."""
    found = []
    for heading in MARKED:
        for block in _BLOCK.split(_parts(page).get(heading, "")):
            *marked, rest = _MARK.split(block)
            texts, marks = marked[::2], marked[1::2]
            found += [Sentence(_one_line(t), m[1:] if m[0] == "#" else "") for t, m in zip(texts, marks, strict=True)]
            if rest.strip():
                found.append(Sentence(_one_line(rest), None))
    return found


@cache
def explained_prose(page: str, words: str) -> dict[str, str]:
    """What a page shows with the words of one of its views, each term explained where it first stands.

    The page's own title and lead stand under "", the view's parts under their headings. HTML stands among the Markdown.
    """
    return explain_terms({**prose(words), "": prose(page)[""]})


def _parts(page: str) -> dict[str, str]:
    title, *parts = (CONTENT / "en" / f"{page}.md").read_text(encoding="utf-8").split("\n## ")
    return {"": title} | {head.strip(): body.strip() for head, body in (part.split("\n", 1) for part in parts)}


def _one_line(text: str) -> str:
    return " ".join(text.split()).removeprefix("- ")
