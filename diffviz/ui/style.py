"""Style sheets for the whole page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_place: ContextVar[DeltaGenerator | None] = ContextVar("diffviz.ui.style", default=None)


@contextmanager
def gathered(place: DeltaGenerator) -> Iterator[None]:
    """Within this block style rules go to `place`, so that they do not count among the controls beside them."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


def apply(css: str) -> None:
    """Put style rules on the page, as early as its first words.

    As Markdown: the browser fetches the script that draws `st.html` apart, and on a busy machine a page stood for
    seconds without its style. The place this takes on the page is none: `assets/style.css` does not show what holds
    nothing but a style.
    """
    (_place.get() or st).markdown(f"<style>{css}</style>", unsafe_allow_html=True)
