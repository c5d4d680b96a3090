"""The frame of every page: title, picture, controls, words; and the heavy imports, done once."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from diffviz.config import Choice, ConfigError
from diffviz.locations import CONTENT
from diffviz.ui.form import Form
from diffviz.ui.state import Choices


@cache
def prose(page: str) -> dict[str, str]:
    """The parts of a page's Markdown file by heading; "" holds the title and the lead."""
    title, *parts = (CONTENT / "en" / f"{page}.md").read_text(encoding="utf-8").split("\n## ")
    return {"": title} | {head.strip(): body.strip() for head, body in (part.split("\n", 1) for part in parts)}


@dataclass
class Page:
    """Where a page draws: the figure beside the controls, the form that makes widgets, and the words under it all.

    words: the Markdown file whose parts stand under the figure; a page of several views names each view's own.
    """

    figure: Any
    controls: Any
    form: Form
    words: str

    def tabs(self, views: Mapping[str, str]) -> str:
        """The page's views, by title, over the figure; answers the slug, and the words become that view's own."""
        first = next(iter(views))
        with self.figure:
            view = self.form.tabs("view", first, Choice(views, "View"))
        if view != first:
            self.words = f"{self.words}-{view}"
        return view


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
    drawn = Page(figure, controls, Form(choices), name)
    try:
        yield drawn
    except ConfigError as error:  # choices that are each in range but not together, or a file that is damaged
        figure.error(str(error))
    choices.publish()
    for complaint in choices.complaints[:1]:
        notice.info(complaint)
    rest = [(head, body) for head, body in prose(drawn.words).items() if head]
    for place, (head, body) in zip(st.columns(len(rest) or 1, gap="large"), rest, strict=False):
        place.markdown(f"#### {head}\n\n{body}")


@st.cache_resource(show_spinner="Warming up the numerics")
def engine() -> None:
    """Import torch once, on one thread, and freeze what it brought, so that collections do not walk it again."""
    import torch

    import diffviz.samplers
    import diffviz.training.run  # noqa: F401

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
