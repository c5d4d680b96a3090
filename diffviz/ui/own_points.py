"""Choosing data: a shape or mixture of the catalogue, a drawing, or a file."""

from __future__ import annotations

from functools import partial

import streamlit as st

from diffviz.config import Choice, ConfigError
from diffviz.data import DATASETS, Dataset, DrawnPoints, SwissRoll, UploadedPoints, csv
from diffviz.ui import drawing, player
from diffviz.ui.form import Form
from diffviz.ui.notice import tell

_OWN = {"drawn": "Draw your own", "csv": "Upload a CSV"}
STAND_IN = SwissRoll  # shown until there are points


def choose(form: Form, page: str, default: str) -> Dataset | None:
    """The chosen data set; None while there are no points of the person's own, with a sentence where they act."""
    titles = {slug: entry.title for slug, entry in DATASETS.items()}
    slug = form.option("data", default, Choice(titles | _OWN, "Data", kinds=DATASETS))
    try:
        if slug == "drawn":
            return _drawn(form, page)
        if slug == "csv":
            form.choices.lacks.append("The link does not hold the points of your file.")
            return _uploaded(page)
    except ConfigError as error:
        tell("error", str(error))
        return None
    if not DATASETS[slug].parameters():
        return DATASETS[slug]()
    with st.expander("Data parameters"):
        return form.config(DATASETS[slug], f"data.{slug}")


def hand_over(page: str, other: str) -> None:
    """Let another page have the points that were drawn or uploaded on this one."""
    for kept in ("drawn", "csv"):
        if f"{page}:{kept}" in st.session_state:
            st.session_state[f"{other}:{kept}"] = st.session_state[f"{page}:{kept}"]


def _drawn(form: Form, page: str) -> Dataset | None:
    kept, led = f"{page}:drawn", f"{page}:led"
    key, text = form.free("drawing", "", _as_written)
    if text and st.session_state.get(led) != key:  # a link leads
        st.session_state[kept] = drawing.read(text)
    st.session_state[led] = key
    points = player.pad(key, st.session_state.get(kept))
    st.session_state[kept] = points  # the pad itself forgets at a change of page
    if points is None or not len(points):
        st.caption("Draw a shape. A link holds a small one.")
        return None
    text = drawing.written(points)
    form.keep("drawing", text, "")
    if not text:
        form.choices.lacks.append("The link does not hold your drawing: it has too many points.")
        st.caption("A link does not hold a drawing of so many points.")
    drawn = DrawnPoints(points=drawing.snapped(points))
    name = "points.csv"  # which the code of the view reads where it does not hold them itself
    st.download_button("Save the points", partial(csv.write, drawn.points), name, "text/csv", on_click="ignore")
    return drawn


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
