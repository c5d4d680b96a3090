"""Choosing data: a shape or mixture of the catalogue, a drawing, or a file."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diffviz.config import Choice, ConfigError
from diffviz.data import DATASETS, Dataset, DrawnPoints, SwissRoll, UploadedPoints, csv
from diffviz.protocols import Array
from diffviz.ui import drawing, player
from diffviz.ui.form import Form
from diffviz.ui.notice import tell

_OWN = {"drawn": "Draw your own", "csv": "Upload a CSV"}
PATIENCE = 0.9  # seconds
STAND_IN = SwissRoll  # shown until there are points


class Chosen(NamedTuple):
    """dataset: None while there are no points of a person's own. invited: whether an empty pad stood in the figure."""

    dataset: Dataset | None
    invited: bool = False


def choose(form: Form, page: str, default: str, figure: DeltaGenerator | None = None) -> Chosen:
    """The chosen data set, with a sentence where the person acts while there are no points of their own.

    figure: where an empty pad stands, in the place of the picture's first pane; else it stands among the controls.
    """
    titles = {slug: entry.title for slug, entry in DATASETS.items()}
    slug = form.option("data", default, Choice(titles | _OWN, "Data", kinds=DATASETS))
    try:
        if slug == "drawn":
            return _drawn(form, page, figure)
        if slug == "csv":
            form.choices.lacks.append("The link does not hold the points of your file.")
            return Chosen(_uploaded(page))
    except ConfigError as error:
        tell("error", str(error))
        return Chosen(None)
    if not DATASETS[slug].parameters():
        return Chosen(DATASETS[slug]())
    with st.expander("Data parameters"):
        return Chosen(form.config(DATASETS[slug], f"data.{slug}"))


def hand_over(page: str, other: str) -> None:
    """Let another page have the points that were drawn or uploaded on this one."""
    for kept in ("drawn", "csv"):
        if f"{page}:{kept}" in st.session_state:
            st.session_state[f"{other}:{kept}"] = st.session_state[f"{page}:{kept}"]


def on_pad(form: Form, page: str, keep: str | None = None) -> Array | None:
    """What is drawn on a pad, (n, 2), or None; it outlives a change of page, and a small drawing stands in the link.

    keep: as in `player.pad`.
    """
    key, before = _begun(form, page)
    return _kept(form, page, player.pad(key, before, keep))


def _begun(form: Form, page: str) -> tuple[str, Array | None]:
    """The key of a page's pad, and what was drawn on it before this run of the page."""
    kept, led = f"{page}:drawn", f"{page}:led"
    key, text = form.free("drawing", "", _as_written)
    if text and st.session_state.get(led) != key:  # a link leads
        st.session_state[kept] = drawing.read(text)
    st.session_state[led] = key
    return key, st.session_state.get(kept)


def _kept(form: Form, page: str, points: Array | None) -> Array | None:
    st.session_state[f"{page}:drawn"] = points  # the pad itself forgets at a change of page
    if points is None or not len(points):
        return None
    text = drawing.written(points)
    form.keep("drawing", text, "")
    if not text:
        form.choices.lacks.append("The link does not hold your drawing: it has too many points.")
        st.caption("A link does not hold a drawing of so many points.")
    return points


def _drawn(form: Form, page: str, figure: DeltaGenerator | None) -> Chosen:
    key, before = _begun(form, page)
    invited = figure is not None and (before is None or not len(before))
    if figure is not None and invited:
        figure.markdown("**Draw** · once the pen is up, it dissolves into noise and a network learns to bring it back")
    with figure.columns(3)[0].container(key="over-cover-pad") if figure is not None and invited else nullcontext():
        points = _kept(form, page, player.pad(key, before, patience=PATIENCE * invited))
    if points is None:
        st.caption("Draw a shape. A link holds a small one.")
        return Chosen(None, invited)
    drawn = DrawnPoints(points=drawing.snapped(points))
    name = "points.csv"  # which the code of the view reads where it does not hold them itself
    st.download_button("Save the points", partial(csv.write, drawn.points), name, "text/csv", on_click="ignore")
    return Chosen(drawn, invited)


def _as_written(text: str) -> str:
    drawing.read(text)
    return text


def _uploaded(page: str) -> Dataset | None:
    widget, kept = f"{page}:file", f"{page}:csv"

    def keep() -> None:
        file = st.session_state[widget]
        st.session_state[kept] = None if file is None else file.getvalue()

    label = "Two numeric columns, at most 20,000 rows and 2 MB"
    st.file_uploader(label, type=["csv", "tsv", "txt"], key=widget, on_change=keep)
    data: bytes | None = st.session_state.get(kept)
    if data is None:
        st.caption("Choose a file. A link does not hold its points.")
        return None
    points = UploadedPoints(points=csv.read(data))
    st.caption(f"{len(points.points):,} points. A link does not hold them.")
    return points
