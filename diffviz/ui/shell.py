"""The frame of every page: title, picture, controls, words; and the heavy imports, done once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from diffviz.config import Choice, ConfigError
from diffviz.locations import CONTENT
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.state import Choices


@cache
def prose(page: str) -> dict[str, str]:
    """The parts of a page's Markdown file by heading; "" holds the title and the lead."""
    title, *parts = (CONTENT / "en" / f"{page}.md").read_text(encoding="utf-8").split("\n## ")
    return {"": title} | {head.strip(): body.strip() for head, body in (part.split("\n", 1) for part in parts)}


@dataclass(frozen=True)
class View:
    """One view of a page.

    slug: its name in the link, and the prefix of its own choices there; "" for the only view of a page. title: on its
    tab. words: the Markdown file whose parts stand under the figure. draw: puts controls and figure on the page.
    """

    slug: str
    title: str
    words: str
    draw: Callable[[Page], None]


@dataclass
class Page:
    """Where a view draws: the figure beside the controls, and the forms that make widgets.

    shared: for choices that several views of the page have in common. form: for the choices of the view that is shown,
    which carry its prefix in the link.
    """

    figure: Any
    controls: Any
    shared: Form
    form: Form
    words: str

    def show(self, *views: View) -> None:
        """Offer the views as tabs over the figure, unless there is but one, and draw the one that is chosen."""
        shown = views[0]
        if len(views) > 1:
            titles = Choice({view.slug: view.title for view in views}, "View")
            with self.figure:
                slug = self.shared.tabs("view", shown.slug, titles)
            shown = next(view for view in views if view.slug == slug)
        self.words, self.form = shown.words, self.shared.prefixed(shown.slug)
        shown.draw(self)


@contextmanager
def page(name: str, *, wide: bool = False) -> Iterator[Page]:
    """Draw the title, hand out the places, then keep the link and draw the words under them.

    The figure stands first in reading order, so that on a phone it comes above the controls. wide: controls under the
    figure at every width.
    """
    st.markdown(prose(name)[""])
    notice = st.container()
    figure, controls = (st.container(), st.container()) if wide else st.columns([3.4, 1], gap="large")
    choices = Choices(name)
    form = Form(choices)
    drawn = Page(figure, controls, form, form, name)
    try:
        yield drawn
    except ConfigError as error:  # choices that are each in range but not together, or a file that is damaged
        tell("error", str(error), figure)
    choices.publish()
    for complaint in choices.complaints[:1]:
        tell("info", complaint, notice)
    rest = [(head, body) for head, body in prose(drawn.words).items() if head]
    for place, (head, body) in zip(st.columns(len(rest) or 1, gap="large"), rest, strict=False):
        place.markdown(f"#### {head}\n\n{body}")


@st.cache_resource(show_spinner="Warming up the numerics")
def engine() -> None:
    """Import torch once, on one thread, and freeze what it brought, so that collections do not walk it again."""
    import torch

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
