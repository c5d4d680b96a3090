"""Every term in one sentence."""

from __future__ import annotations

import streamlit as st

from diffviz.ui.shell import Page, View
from diffviz.ui.terms import glossary


def draw(page: Page) -> None:
    """A column a topic."""
    with page.figure:
        for column, (topic, terms) in zip(st.columns(len(glossary()), gap="large"), glossary().items(), strict=True):
            sentences = "\n\n".join(f"**{term.title}**: {term.sentence}" for term in terms)
            column.markdown(f"#### {topic}\n\n{sentences}")


VIEW = View("terms", "Terms", "glossary", draw)
