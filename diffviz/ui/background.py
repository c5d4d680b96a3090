"""Work in the background that belongs to one session, and what its page shows while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import streamlit as st

from diffviz.runs.background import Background
from diffviz.ui.notice import tell

TICK = 0.5  # seconds between two looks at work that goes on

T = TypeVar("T")


def held(name: str, key: str, make: Callable[[], Iterator[T]], kept: int = 1) -> Background[T]:
    """The session's work under a name and a key, begun or not; the last `kept` that were asked for are kept.

    It stands in the session, not in a cache: any visitor's browser may have the caches of all be cleared. When a
    session ends nobody looks any more, which ends its work.
    """
    works: dict[str, Background[T]] = st.session_state.setdefault(f"background:{name}", {})
    work = works.pop(key, None) or Background(make)
    works[key] = work
    while len(works) > kept:
        works.pop(next(iter(works))).stop()
    return work


def watch(work: Background[T], draw: Callable[[list[T]], object]) -> None:
    """Draw what there is now, and again at every tick until it is over; the whole page runs once more then."""
    over = _over(work)

    def look() -> None:
        work.start()
        ended = _over(work)
        draw(work.items())
        if work.error:
            tell("error", work.error)
        if ended and not over:
            st.rerun()

    st.fragment(look, run_every=None if over else TICK)()


def _over(work: Background[T]) -> bool:
    return work.finished or bool(work.error)
