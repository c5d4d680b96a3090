"""One cache for what is computed for a page: results are kept by what they were computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

import streamlit as st

P = ParamSpec("P")
R = TypeVar("R")


def cached(
    spinner: str | Literal[False],
    entries: int,
    *,
    session: bool = False,
    release: Callable[[Any], None] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last `entries` results of a function, for the whole process or, if `session`, for each session.

    Arguments are told apart by their `repr`, so they must be configurations (frozen dataclasses), plain values, or
    tuples of these; anything else raises `TypeError`. Results are shared between callers, who must not change them.
    spinner: what the page says meanwhile, or False for nothing. release: called with a result that is thrown out.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        def keyed(key: str, _compute: Callable[[], R]) -> R:
            return _compute()

        # Streamlit tells cached functions apart by module and qualified name.
        keyed.__module__, keyed.__qualname__ = function.__module__, function.__qualname__
        scope: Literal["global", "session"] = "session" if session else "global"
        store = st.cache_resource(max_entries=entries, show_spinner=spinner, scope=scope, on_release=release)(keyed)

        @wraps(function)
        def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
            key = ", ".join([*map(_identity, args), *(f"{name}={_identity(kwargs[name])}" for name in sorted(kwargs))])
            return store(key, lambda: function(*args, **kwargs))

        return remembered

    return decorate


def _identity(value: object) -> str:
    """The text that tells an argument from others."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_identity, value))})"
    if value is None or isinstance(value, str | int | float | bool) or is_dataclass(value):
        return repr(value)
    raise TypeError(f"A cached function takes configurations and plain values, got {type(value).__name__}.")
