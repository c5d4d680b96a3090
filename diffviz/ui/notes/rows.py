"""The rows of The notes: a Markdown file a chapter in content/en/notes, a row a heading.

A file starts with `# Title` and a lead. Each row stands under a heading with marks that no page shows:

    ## The forward step {items 1} {claim forward-step}

    Statement in our words, one to three sentences.

    **Printed** $x_t=\\ldots$            left out where the notes are right; a formula, with words where they are needed

    **Right** $x_t=\\ldots$              the form to use; left out where the row is about wording only

    **Why** Because:
    - at most six lines, this first one among them

    **Verdict** wrong: one sentence.

    **Play** [Forward SDE](forward), [Sampler race, Order](race?view=order): a short clause.

`{items …}` are the numbers of the lines of the mathematical specification that the row answers for; a row that only
derives has none. `{claim …}` is the slug of its entry in `CLAIMS`; a row about wording only has none. The verdict is
one of `VERDICTS`. A block without a label belongs to the one above it. A formula that has a line to itself between two
`$$` is set as a block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl

from diffviz.locations import CONTENT
from diffviz.ui.words import set_blocks

CHAPTERS = ("survey", "ddpm", "ld3", "v-prediction", "dpm-solver", "public-code")  # the files, in order
VERDICTS = ("right", "imprecise", "wrong", "missing")
LABELS = ("Printed", "Right", "Why", "Verdict", "Play")
_HEADING = re.compile(r"(?P<title>.+?)(?: \{items (?P<items>\d+(?: \d+)*)\})?(?: \{claim (?P<claim>[a-z0-9-]+)\})?")
_LABEL = re.compile(rf"\*\*({'|'.join(LABELS)})\*\*\s*")
_LINK = re.compile(r"\[([^\]]+)\]\(([a-z-]*)(?:\?([^)]*))?\)")


@dataclass(frozen=True)
class Link:
    """A view where a row can be played with. page: the path of its address. query: its choices."""

    label: str
    page: str
    query: tuple[tuple[str, str], ...]

    @property
    def module(self) -> str:
        """The page's name as a file and a package."""
        return self.page.replace("-", "_")


@dataclass(frozen=True)
class Row:
    """One claim or formula of a note. All texts are Markdown; those that a row leaves out are empty.

    items: the lines of the specification that it answers for. claim: the slug of what measures it, or "". verdict: one
    of `VERDICTS`. because: the sentence that follows it. play: what to do there.
    """

    title: str
    items: tuple[int, ...]
    claim: str
    statement: str
    printed: str
    right: str
    why: str
    verdict: str
    because: str
    links: tuple[Link, ...]
    play: str


@dataclass(frozen=True)
class Chapter:
    """One note. lead: what it is about."""

    slug: str
    title: str
    lead: str
    rows: tuple[Row, ...]


@cache
def chapter(slug: str) -> Chapter:
    """The chapter of a file of content/en/notes; marks or a verdict that cannot be read raise `ValueError`."""
    text = (CONTENT / "en" / "notes" / f"{slug}.md").read_text(encoding="utf-8")
    head, *rows = text.split("\n## ")
    title, lead = head.removeprefix("# ").split("\n", 1)
    return Chapter(slug, title.strip(), lead.strip(), tuple(map(read, rows)))


def read(text: str) -> Row:
    """The row that stands under a heading; `text` begins with it, without its `##`."""
    heading, body = text.split("\n", 1)
    marks = _HEADING.fullmatch(heading.strip())
    if marks is None or "{" in marks["title"]:
        raise ValueError(f"The marks of a row cannot be read: {heading}")
    parts = _parts(body)
    verdict, because = parts["Verdict"].split(":", 1)
    if verdict not in VERDICTS:
        raise ValueError(f"A verdict must be one of {', '.join(VERDICTS)}, got {verdict}.")
    links = tuple(Link(m[1], m[2], tuple(parse_qsl(m[3] or ""))) for m in _LINK.finditer(parts["Play"]))
    return Row(
        title=marks["title"],
        items=tuple(map(int, (marks["items"] or "").split())),
        claim=marks["claim"] or "",
        statement=parts["Statement"],
        printed=parts["Printed"],
        right=parts["Right"],
        why=parts["Why"],
        verdict=verdict,
        because=because.strip(),
        links=links,
        play=_LINK.sub("", parts["Play"]).lstrip(" ,:"),
    )


def _parts(body: str) -> dict[str, str]:
    """The texts of a row by label, formulas set as blocks; "Statement" holds what comes first."""
    first, *rest = _LABEL.split(body)
    labels, texts = rest[::2], rest[1::2]
    if len(set(labels)) < len(labels):
        raise ValueError(f"A row has a label twice: {' '.join(labels)}")
    parts = dict.fromkeys(LABELS, "") | {"Statement": first} | dict(zip(labels, texts, strict=True))
    return {label: set_blocks(text.strip()) for label, text in parts.items()}
