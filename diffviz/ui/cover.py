"""An opaque cover over a page's picture while another is computed: never an old picture under a new choice."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from diffviz.runs.slots import take_slot

_LOOK = 0.05  # seconds between two questions whether the visitor has chosen anew
_TELL = 0.25  # seconds between two shares that are told: each is a message that the server's other pages wait for
_SHORT = 1.0  # seconds in line that are not worth a word


class _Cover:
    """The place of the cover; nothing is sent to the page before there is something to say."""

    def __init__(self, place: DeltaGenerator, still: bytes | None) -> None:
        self.place = place
        self.still = still
        self.sheet: DeltaGenerator | None = None
        self.element: DeltaGenerator | None = None
        self.doing, self.usual, self.share, self.told = "", "", 0.0, 0.0
        self.in_line_since: float | None = None
        self.waits = False  # whether it says so

    def say(self, doing: str, usual: str) -> None:
        self.doing, self.usual, self.share = doing, usual, 0.0
        self.draw()

    def progress(self, share: float, now: float) -> None:
        if share - self.share > 0.04 and now - self.told > _TELL:
            self.share, self.told = share, now
            self.draw()

    def stand_in_line(self, now: float) -> None:
        self.in_line_since = self.in_line_since or now
        if self.element is not None and not self.waits and now - self.in_line_since > _SHORT:
            self.waits = True
            self.draw()

    def leave_line(self) -> None:
        self.in_line_since = None
        if self.waits:
            self.waits = False
            self.draw()

    def draw(self) -> None:
        # The cover of a run that was cut short stands on until here, so that no old picture shows between the two.
        bar = f'<progress value="{self.share:.2f}"></progress>' if self.share else ""
        usual = "in line: others compute now" if self.waits else self.usual
        words = f"<p>{escape(self.doing)} …</p><p>{escape(usual)}</p>{bar}"
        self.element = (self.element or self.place).html(f'<div class="cover" role="status">{words}</div>')
        if self.sheet is None:  # it stays as it is, so that other words over it do not begin its delay anew
            still = f'<img src="data:image/webp;base64,{b64encode(self.still).decode()}" alt="">' if self.still else ""
            self.sheet = self.place.html(f'<div class="cover-sheet">{still}</div>')

    def lift(self) -> None:
        for element in (self.sheet, self.element):
            if element is not None:
                element.empty()


_cover: ContextVar[_Cover | None] = ContextVar("diffviz.ui.cover", default=None)
_looked: ContextVar[float] = ContextVar("diffviz.ui.looked", default=0.0)


@contextmanager
def over(figure: DeltaGenerator, still: bytes | None = None) -> Iterator[None]:
    """Within this block, `say` covers the figure; at its end, when all of the new picture is there, the cover goes.

    still: a WebP of just what is being computed, which the cover shows.
    """
    cover = _Cover(figure.container(key="cover"), still)
    token = _cover.set(cover)
    try:
        yield
    except Exception:  # but not where Streamlit ends an outdated run: then the next one finds the picture covered
        cover.lift()
        raise
    finally:
        _cover.reset(token)
    cover.lift()


def say(doing: str, usual: float) -> None:
    """Cover the picture of the page and say what is computed, and how many seconds that usually takes."""
    cover = _cover.get()
    if cover is not None:
        cover.say(doing, "usually under a second" if usual < 1 else f"usually about {usual:.0f} s")


def take_turn() -> None:
    """Wait for a computing slot, or go on with the one that is held; a wait worth a word is told on the cover."""
    take_slot(_in_line)
    cover = _cover.get()
    if cover is not None:
        cover.leave_line()


def _in_line() -> None:
    end_if_outdated()
    cover = _cover.get()
    if cover is not None:
        cover.stand_in_line(time.monotonic())


def end_if_outdated(share: float | None = None) -> None:
    """End this run of the page if the visitor has chosen anew or left meanwhile; else show the share that is done."""
    now = time.monotonic()
    if now - _looked.get() > _LOOK and get_script_run_ctx(suppress_warning=True) is not None:
        _looked.set(now)
        # Streamlit ends an outdated run at the next call of its own: to ask for anything in the session's state is one.
        _ = "diffviz" in st.session_state
        cover = _cover.get()
        if cover is not None and share is not None:
            cover.progress(share, now)
