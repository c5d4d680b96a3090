"""The Streamlit side: scenes are shown, the pad answers points and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from diffviz.ui.player import _checked


def _app() -> None:
    import numpy as np
    import streamlit as st

    from diffviz.player import Pane, Points, Scene
    from diffviz.ui.player import pad, show

    show(Scene([Pane([Points(np.zeros((2, 3, 2)))])]), key="scene")
    kept = pad("pad", np.array([[0.5, -1.0], [1.0, 2.0]]))
    empty = pad("empty")
    st.text(f"{None if kept is None else kept.tolist()} {empty}")


def test_shows_a_scene_and_gives_back_the_points_it_was_given() -> None:
    app = AppTest.from_function(_app, default_timeout=60).run()
    assert not app.exception
    assert app.text[0].value == "[[0.5, -1.0], [1.0, 2.0]] None"


@pytest.mark.parametrize(
    "sent", [[], "text", {"a": 1}, [[1]], [[1, 2], [3]], [[1, None]], [[1, "x"]], [[1, float("nan")]]]
)
def test_whatever_is_not_points_counts_as_nothing_drawn(sent: Any) -> None:
    assert _checked(sent) is None


def test_points_are_held_inside_the_pad_and_under_the_limit() -> None:
    drawn = _checked([[k, -k] for k in range(6000)])
    assert drawn is not None and drawn.shape == (5000, 2) and np.abs(drawn).max() == 3
