"""The player, the drawing pad and the step editor as Streamlit components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from diffviz.player.payload import extended
from diffviz.player.scene import Scene
from diffviz.player.source import pad_css, pad_js, player_css, player_js, steps_css, steps_js

Array = NDArray[np.float64]  # not from diffviz.prediction: that would import torch before Home is painted
REACH = 3.0
MOST = 5_000
FARTHEST = 20.0


class Handled(NamedTuple):
    """Where a handle was let go, in the units of its pane, and where the clock stood, in [0, 1]."""

    x: float
    y: float
    share: float


# Once for the process: registering again would replace the definition under every open page.
_player = st.components.v2.component("diffviz.player", css=player_css(), js=player_js())
_pad = st.components.v2.component("diffviz.pad", css=pad_css(), js=pad_js())
_steps = st.components.v2.component("diffviz.steps", css=steps_css(), js=steps_js())


def show(
    scene: Scene | bytes, key: str, height: int | Literal["content"] = "content", *, code: str | None = None
) -> None:
    """Show a scene, or the payload of one, as high as its panes need at the width it finds, or `height` pixels.

    Under the same key a new scene takes the place of the old one and the clock goes on. code: Python that makes this
    scene, for its Share menu and its offline page.
    """
    payload = scene if isinstance(scene, bytes) else scene.payload()
    if code is not None:
        payload = extended(payload, code=code)
    _player(key=key, data=payload, height=height, on_handle_change=lambda: None, on_held_change=lambda: None)


def handle(key: str) -> Handled | None:
    """Where the handle of the scene under this key was let go last; None until a person has moved it."""
    return _place(key, "handle")


def held(key: str) -> Handled | None:
    """Where a live handle is in the hand right now; None when it is not."""
    return _place(key, "held")


def pad(key: str, points: Array | None = None, keep: str | None = None, patience: float = 0.0) -> Array | None:
    """A pad to draw on: the drawn points (n, 2) in [-3, 3], at most 5,000, or None when it is empty.

    Pass the points it answered last, kept in the session's state: then the drawing outlives a change of page.
    keep: "upper", "lower", "left" or "right" half, where half a digit is to be written; the other is hatched.
    patience: seconds that the pen must be up before the points are sent.
    """
    shown = [] if points is None else np.round(points, 3).tolist()
    drawn = _pad(
        key=key, data={"points": shown, "keep": keep, "patience": patience}, on_points_change=lambda: None
    ).points
    return points if drawn is None else _checked(drawn)


def steps(
    key: str, shares: Sequence[float], table: Mapping[str, Array], others: Mapping[str, Array]
) -> tuple[float, ...]:
    """An axis from noise to data with a handle a step: the shares of the way, rising, as they were dragged last.

    table: share, t, sigma and lam, (n,) each, evenly spaced in share, to tell what a place means. others: where other
    grids have theirs, by name.
    """
    data = {
        "shares": [float(share) for share in shares],
        "table": {name: np.round(values, 5).tolist() for name, values in table.items()},
        "others": {name: np.round(places, 4).tolist() for name, places in others.items()},
    }
    dragged = _steps(key=key, data=data, on_shares_change=lambda: None).shares
    return tuple(shares) if dragged is None else _rising(dragged, tuple(shares))


def _place(key: str, name: str) -> Handled | None:
    state = st.session_state.get(key)
    return _handled(state.get(name)) if isinstance(state, Mapping) else None


def _rising(dragged: Any, shares: tuple[float, ...]) -> tuple[float, ...]:
    """What the browser sent, if it is as many rising shares; else those given."""
    try:
        places = np.asarray(dragged, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return shares
    fits = places.shape == (len(shares),) and np.isfinite(places).all()
    if not fits or not (np.diff([0.0, *places, 1.0]) > 0).all():
        return shares
    return tuple(round(float(share), 3) for share in places)


def _handled(sent: Any) -> Handled | None:
    """What the browser sent, if it is a place within [-FARTHEST, FARTHEST]² and a share of the clock; else None."""
    try:
        values = np.asarray(sent, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None
    if values.shape != (3,) or not np.isfinite(values).all() or not 0 <= values[2] <= 1:
        return None
    x, y = (round(float(v), 3) for v in values[:2].clip(-FARTHEST, FARTHEST))
    return Handled(x, y, round(float(values[2]), 4))


def _checked(drawn: Any) -> Array | None:
    """What the browser sent, if it is points; anything else counts as nothing drawn."""
    try:
        points = np.asarray(drawn, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        return None
    return points[:MOST].clip(-REACH, REACH)
