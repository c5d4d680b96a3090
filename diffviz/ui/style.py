"""Style sheets for the whole page."""

from __future__ import annotations

import streamlit as st


def apply(css: str) -> None:
    """Put style rules on the page, as early as its first words.

    As Markdown: the browser fetches the script that draws `st.html` apart, and on a busy machine a page stood for
    seconds without its style. The place this takes on the page is none: `assets/style.css` does not show what holds
    nothing but a style.
    """
    st.markdown(f"<style>{css}</style>", unsafe_allow_html=True)
