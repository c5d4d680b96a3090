"""A page's choices, kept in its URL: a link reopens the same scene, a bad link opens the default with one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from diffviz.config import ConfigError, quoted
from diffviz.ui import moment

_HERE = "diffviz.page"  # the page the session stands on
_UNREAD = "The link could not be read in full:"
_PASSED = ("run", "present", *moment.NAMES)  # in the URL, so that a reload finds it again, but no choice


class Choices:
    """The choices of one page in one script run.

    A widget starts from the URL; afterwards the session holds its value, and the URL follows. When the URL is not the
    one written last (a link was opened, the back button pressed), it leads again; but not when a widget has been moved
    as well: then the browser sent that before it had heard of the URL written last. Defaults are left out of the URL.
    """

    def __init__(self, page: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.lacks: list[str] = []  # a sentence for each choice that the link does not hold
        self._texts: dict[str, str] = {}
        url = {name: text for name, text in st.query_params.to_dict().items() if name not in _PASSED}
        # Presenter mode (diffviz/ui/presenter.py) and the moment are the browser's own: what it says goes on.
        self.passed, wrong = moment.read(st.query_params.to_dict())
        self.complaints += [f"{_UNREAD} {sentence}" for sentence in wrong]
        if "present" in st.query_params:
            self.passed["present"] = st.query_params["present"]
        self._kept: dict[str, str] = st.session_state.setdefault(f"{page}:link", {})
        self._starts: dict[str, tuple[str, Any]] = st.session_state.setdefault(f"{page}:starts", {})
        self._answers: dict[str, tuple[str, Any]] = st.session_state.setdefault(f"{page}:answers", {})
        arrived = st.session_state.get(_HERE) != page
        self._source: Mapping[str, str] = url or self._kept if arrived else url
        self._lead = arrived or (url != self._kept and not self._moved())
        self._known: set[str] = set()
        self._turn: int = st.session_state.get(f"{page}:turn", -1) + self._lead  # how often the URL has led again
        st.session_state[f"{page}:turn"] = self._turn
        st.session_state[_HERE] = page

    def start(self, name: str, default: Any, parse: Callable[[str], Any]) -> tuple[str, Any]:
        """The key of the widget of choice `name`, and the value it starts from.

        While the session leads, both stay as they are, so that the browser keeps the same widget. When the URL leads
        again, the widget gets a new key: an old one would come back with what the browser remembers of it.
        """
        self._known.add(name)
        if self._lead or name not in self._starts:
            value = default
            if name in self._source:
                try:
                    value = parse(self._source[name])
                except ConfigError as error:
                    self.complaints.append(f"{_UNREAD} {error}")
            self._starts[name] = (f"{self.page}.{name}" + (f"#{self._turn}" if self._turn else ""), value)
            self._answers.pop(name, None)
        return self._starts[name]

    def keep(self, name: str, value: Any, default: Any) -> None:
        """Write the choice into the link unless it is the default."""
        key, _ = self._starts[name]
        if key in st.session_state:
            self._answers[name] = (key, st.session_state[key])
        if value != default:
            self._texts[name] = str(value).lower() if isinstance(value, bool) else str(value)

    def set(self, name: str, value: Any) -> None:
        """Start the widget of a choice anew from `value` when the page is drawn next."""
        turn = st.session_state[f"{self.page}:turn"] = st.session_state[f"{self.page}:turn"] + 1
        st.session_state[f"{self.page}:starts"][name] = (f"{self.page}.{name}#{turn}", value)

    def hand_over(self, page: str, name: str, **others: str) -> None:
        """Let another page open next with this one's choice `name` and its parameters, and with `others`."""
        own = {key: text for key, text in self._texts.items() if key.split(".")[0] == name}
        st.session_state[f"{page}:link"] = own | others

    def publish(self) -> None:
        """Let the URL say what the page shows."""
        unknown = [name for name in self._source if name not in self._known] if self._lead else []
        if unknown:
            self.complaints.append(f"{_UNREAD} {quoted(unknown[0])} is not a choice of this page.")
        st.session_state[f"{self.page}:link"] = self._texts
        address = self._texts | self.passed
        overtaken = not self._lead and self._kept != self._texts  # the browser may be about to hear of another URL
        if overtaken or st.query_params.to_dict() != address:
            with suppress(st.errors.StreamlitAPIException):
                st.query_params.from_dict(address)

    def _moved(self) -> bool:
        """Whether a widget answers anew since it was last asked, or was given another value by a callback."""
        return any(
            self._starts[name][0] != key or st.session_state.get(key, answer) != answer
            for name, (key, answer) in self._answers.items()
        )
