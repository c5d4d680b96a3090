"""The code of a view, to be taken along."""

from __future__ import annotations

import streamlit as st


def show(code: str, key: str) -> None:
    """The script, to be copied or kept as a file. key: of the figure that it makes; it begins with the view's name."""
    st.code(code, language="python", height=280)
    name = f"{key.partition('.')[0]}.py"
    st.download_button("Python", code, name, "text/x-python", key=f"{key}:py", on_click="ignore", width="stretch")


def offer(code: str, key: str) -> None:
    """A button that unfolds the script, where no figure has a menu to hold it."""
    with st.popover("The code", type="tertiary", width="content", key=f"{key}:code"):
        show(code, key)
