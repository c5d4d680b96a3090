"""Sentences about what came from outside, shown as plain text: what a link or a file says never acts on the page."""

from __future__ import annotations

import re
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Kind = Literal["info", "warning", "error"]


def tell(kind: Kind, sentence: str, place: DeltaGenerator | None = None) -> None:
    """Show a sentence in a coloured box, in `place` or where the page is being drawn."""
    getattr(st if place is None else place, kind)(plain(sentence))


def plain(sentence: str) -> str:
    """The Markdown that shows a sentence as it stands, in one line.

    It is one span of code, the only thing in Markdown in which no sign acts: links, images, formulas, colours and
    icons stay text. The style sheet gives such a span in a box the look of text.
    """
    line = " ".join(sentence.split())  # an empty line would end the span
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    # The page spells icons in another way before it reads any Markdown; an invisible sign keeps it from that.
    return f"{fence} {line} {fence}".replace(":material/", ":material\u2060/")
