"""The frame of every page: title, picture, controls, words; and the heavy imports, done once."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diffviz.config import Choice, ConfigError
from diffviz.runs import heap
from diffviz.ui import cover, presenter, share, style
from diffviz.ui.cache import cached, in_turn
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.opening import stills
from diffviz.ui.state import Choices
from diffviz.ui.words import explained_prose, prose

_SWITCH = 2e-5  # seconds that a thread may keep the interpreter from another


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
    presented: tuple[str, ...] = ()


@dataclass
class Page:
    """Where a view draws: the figure beside the controls, and the forms that make widgets.

    name: of the file with its title and lead. above: for the tabs. below: for the words. shared: for choices that
    several views of the page have in common. form: for the choices of the view that is shown, which carry its prefix
    in the link. shown: the view that was drawn.
    """

    name: str
    above: DeltaGenerator
    figure: DeltaGenerator
    controls: DeltaGenerator
    below: DeltaGenerator
    shared: Form
    form: Form
    shown: View | None = None

    def show(self, *views: View) -> None:
        """Offer the views as tabs over the figure, unless there is but one, and draw the one that is chosen."""
        shown = views[0]
        if len(views) > 1:
            titles = Choice({view.slug: view.title for view in views}, "View")
            with self.above:
                slug = self.shared.tabs("view", shown.slug, titles)
            shown = next(view for view in views if view.slug == slug)
        self.form = self.shared.prefixed(shown.slug)
        self._explain(shown.words)  # before the picture, which may take a while
        presenter.leave(f"{self.name}.{choice}" for choice in shown.presented)
        self.shown = shown
        shown.draw(self)

    def _explain(self, words: str) -> None:
        parts = [(head, body) for head, body in explained_prose(self.name, words).items() if head]
        for place, (head, body) in zip(self.below.columns(len(parts) or 1, gap="large"), parts, strict=False):
            place.markdown(f"#### {head}\n\n{body}", unsafe_allow_html=True)


@contextmanager
def page(name: str, *, wide: bool = False) -> Iterator[Page]:
    """Draw the title, hand out the places, then keep the link.

    The figure stands first in reading order, so that on a phone it comes above the controls. wide: controls under the
    figure at every width.
    """
    st.markdown(explained_prose(name, name)[""], unsafe_allow_html=True)
    notice = st.container()
    left, right = (st.container(), st.container()) if wide else st.columns([3.4, 1], gap="large")
    controls = right.container(key="controls")
    above, figure = left.container(key="views"), left.container(key="figure")
    still = _still(name)  # before the session knows the page
    choices = Choices(name)
    form = Form(choices)
    drawn = Page(name, above, figure, controls, st.container(), form, form)
    with style.gathered(drawn.below), cover.over(figure, still), in_turn():
        try:
            yield drawn
        except ConfigError as error:  # choices that are each in range but not together, or a file that is damaged
            tell("error", str(error), figure)
    choices.publish()
    _share(drawn, choices)
    for complaint in choices.complaints[:1]:
        tell("info", complaint, notice)


def _share(page: Page, choices: Choices) -> None:
    """Tell the Share menus of the view what they are on."""
    if page.shown is None:
        return
    if "run" in choices.passed:
        choices.lacks.append("The link holds every choice, but not what was learned.")
    view = page.shown
    title = prose(page.name)[""].partition("\n")[0].removeprefix("# ")
    titles = dict.fromkeys([title, view.title])  # a page of one view may be called like it
    share.offer(view.slug or page.name, ": ".join(titles), choices.lacks)


def _still(name: str) -> bytes | None:
    """What a session's first view will show, unless its link holds choices."""
    if f"{name}:link" in st.session_state:
        return None
    path = stills(name, st.query_params.to_dict()).get("dark" if st.context.theme.type == "dark" else "light")
    return None if path is None else path.read_bytes()


@cached("Loading the numerics", usual=4)
def engine() -> None:
    """Import torch once and freeze what it brought, so that collections do not walk it again.

    Torch and NumPy get one thread each: a second one that finds no free core makes both wait, tenfold. Threads take
    turns at the interpreter 250 times as often as is usual: a network of two dimensions lets go of it at every product
    of some 20 µs, and would wait for it up to 5 ms each time that another page writes its words
    (`benchmarks/results/interpreter.md`).
    """
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1, "blas")
    sys.setswitchinterval(_SWITCH)
    gc.collect()
    gc.freeze()
    heap.give_back_regularly()


@cache
def warm_up() -> None:
    """Let a page without torch import it for the next one, in the background, once its own files are on their way."""
    # No daemon: the interpreter must not end inside the import.
    threading.Timer(1.0, lambda: importlib.import_module("torch")).start()
