"""A chart on a page: the figure that is sent, and files that are made when they are asked for."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def script() -> None:
    import numpy as np
    import streamlit as st

    from diffviz.figures import Axis, Chart, Heat, Series
    from diffviz.ui import chart

    n = np.array([1, 10, 100])
    axis = Axis("calls", log=True)
    chart.show(Chart("Error over calls", axis, Axis("error"), (Series("a", n, 1 / n),), caption="Exact."), "demo")
    names = Axis("S", categories=("10", "20"))
    cells = Chart("", names, Axis("η", categories=("0",)), heat=Heat("d", np.array([[1.0, 2.0]])))
    chart.show(
        cells, "cells", on_select=lambda row, column: st.session_state.update(cell=(row, column)), selected=(0, 1)
    )


def _protos(kind: str) -> list[Any]:
    app = AppTest.from_function(script).run()
    assert not app.exception
    return [element.proto for element in app.get(kind)]


def test_the_figure_is_sent_as_it_is_without_a_theme_of_its_own() -> None:
    lines, cells = _protos("plotly_chart")
    assert lines.theme == "" and json.loads(lines.config)["displayModeBar"] == "hover"
    assert json.loads(lines.spec)["data"][0]["name"] == "a"
    assert lines.alt == "Error over calls: error over calls: a"
    assert list(lines.selection_mode) == [] and len(cells.selection_mode) == 1
    assert json.loads(cells.spec)["layout"]["shapes"][0]["x0"] == 0.5


def test_files_are_made_when_they_are_asked_for(monkeypatch: Any) -> None:
    from diffviz.figures import paper

    made: list[tuple[str, str]] = []
    monkeypatch.setattr(paper, "render", lambda chart, format, width: made.append((format, width)) or b"")
    buttons = _protos("download_button")
    assert [button.label for button in buttons] == ["CSV", "PDF", "SVG", "PNG"] * 2
    assert all(button.HasField("deferred_file_id") for button in buttons) and made == []


def test_title_and_caption_stand_beside_the_figure() -> None:
    app = AppTest.from_function(script).run()
    assert [m.value for m in app.markdown] == ["**Error over calls**"]
    assert app.caption[0].value == "Exact."
