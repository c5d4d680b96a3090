"""The glossary: one sentence a term, shown in the words of a page where the term first stands.

A topic is a Markdown file in content/en/glossary/, a term an item of its list::

    - **Marginal** {marginal, marginals}: The distribution of x_t at one time.

The forms in braces are those under which the term is found in the words, each with a small or a capital first letter;
a formula counts as one if it is a form as a whole. The braces are shown nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from diffviz.locations import CONTENT

_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_TERM = re.compile(r"^- \*\*(?P<title>.+?)\*\* \{(?P<forms>.+?)\}: (?P<sentence>.+)$", re.MULTILINE)
# No word is explained within a heading, a formula, code or a link.
_KEPT = r"^#.*$|\$\$[^$]+\$\$|\$[^$]+\$|`[^`]*`|\[[^\]]*\]\([^)]*\)"


class Term(NamedTuple):
    """A term with the forms under which it is found, and its sentence, in Markdown."""

    slug: str
    title: str
    forms: tuple[str, ...]
    sentence: str


@cache
def glossary() -> dict[str, tuple[Term, ...]]:
    """The terms by topic, in order."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((CONTENT / "en" / "glossary").glob("*.md"))]
    found: dict[str, tuple[Term, ...]] = {}
    for text in texts:
        heading = _TITLE.search(text)
        assert heading is not None, "a topic of the glossary begins with its title"
        found[heading[1]] = tuple(
            Term(_slug(m["title"]), m["title"], tuple(m["forms"].split(", ")), m["sentence"])
            for m in _TERM.finditer(text)
        )
    return found


def explain_terms(parts: Mapping[str, str]) -> dict[str, str]:
    """The same parts of a page, in the order in which they are read, with each term explained where it first stands."""
    pattern, by_form = _pattern()
    used: set[str] = set()

    def mark(found: re.Match[str]) -> str:
        term = by_form.get(_key(found[0]))
        if term is None or term.slug in used:
            return found[0]
        used.add(term.slug)
        # Not with Markdown's own signs for bold: they may stand around the term already.
        meaning = (
            f'<span class="meaning" role="tooltip" id="term-{term.slug}"><b>{term.title}</b>: {term.sentence}</span>'
        )
        return f'<dfn class="term" tabindex="0" aria-describedby="term-{term.slug}">{found[0]}{meaning}</dfn>'

    return {heading: pattern.sub(mark, text) for heading, text in parts.items()}


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, Term]]:
    """What finds all that may be a term, the longest first, and the terms by the keys of their forms."""
    by_form = {_key(form): term for terms in glossary().values() for term in terms for form in term.forms}
    words = sorted((form for form in by_form if not form.startswith("$")), key=len, reverse=True)
    either = "|".join(f"[{re.escape(word[0] + word[0].upper())}]{re.escape(word[1:])}" for word in words)
    return re.compile(rf"{_KEPT}|(?<![\w-])(?:{either})(?![\w+-])", re.MULTILINE), by_form


def _key(form: str) -> str:
    """A form as it is looked up: with a small first letter."""
    return form[:1].lower() + form[1:]


def _slug(title: str) -> str:
    """A name for the page's own use: letters and hyphens."""
    return re.sub(r"[^a-z]+", "-", title.lower()).strip("-")
