"""The code of a view, to be taken along."""

from __future__ import annotations

import streamlit as st


def offer(code: str, key: str) -> None:
    """A button that unfolds the script, to be copied or kept as a file. key: of the figure that it makes."""
    with st.popover("The code", type="tertiary", width="content", key=f"{key}:code"):
        st.code(code, language="python")
        st.download_button(
            "Download", code, "diffviz_view.py", "text/x-python", key=f"{key}:py", on_click="ignore", width="stretch"
        )
