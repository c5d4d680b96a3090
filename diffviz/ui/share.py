"""What a page tells the Share menus of its players and charts: its name, and what its link does not hold.

The menu is the browser's own (diffviz/player/share.js). Its script is not sent with every picture, but once a page,
beside the offline page that it fills, and only runs once it is asked for (diffviz/player/loader.js).
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diffviz.player.page import open_page
from diffviz.player.source import link_css, link_js, loader_js, sharing_js

# Once for the process: registering again would replace the definition under every open page.
_loader = st.components.v2.component("diffviz.share", js=loader_js())
_link = st.components.v2.component("diffviz.link", css=link_css(), js=link_js())


def offer(name: str, title: str, lacks: Sequence[str]) -> None:
    """Let the menus of this page work.

    name: of the files that they make, without an ending. title: of an offline page. lacks: a sentence for each choice
    that the link does not hold.
    """
    data = {"name": name, "title": title, "lacks": list(lacks), "page": open_page(), "js": sharing_js()}
    _loader(key="share", data=data)


def link(key: str) -> None:
    """A button that copies the address of the page as it stands, where there is no player to say a moment."""
    _link(key=key)
