"""The figure alone: presented to a room, with type one and a half times as large and two choices left, or embedded.

The browser does it (assets/presenter): F and a button present and go back, `?present=1` opens so, and Streamlit's own
`?embed=true` leaves nothing but the figure. Both stand on the document as `data-alone`, where the style sheets look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

from diffviz.locations import ASSETS
from diffviz.ui import style

_FILES = ASSETS / "presenter"
_html, _css, _js = ((_FILES / f"presenter.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_page = (_FILES / "page.css").read_text(encoding="utf-8")
# Once for the process: registering again would replace the definition under every open page.
_presenter = st.components.v2.component("diffviz.presenter", html=_html, css=_css, js=_js)


def offer() -> None:
    """Put the button on the page, listen to the keys of the whole page, and bring the style of a figure alone."""
    style.apply(_page)
    _presenter(key="presenter")


def leave(keys: Iterable[str]) -> None:
    """Say by their keys which widgets beside the figure stay while it is presented.

    A key may go on with a turn (`Choices.start`), which Streamlit writes after a hyphen in the widget's class.
    """
    names = ["st-key-" + re.sub(r"[^\w-]", "-", key) for key in keys]
    stay = ", ".join(f'[class~="{name}"], [class*="{name}-"]' for name in names)
    if stay:
        style.apply(f'html[data-alone="present"] .st-key-controls > :is({stay}) {{ display: flex; }}')
