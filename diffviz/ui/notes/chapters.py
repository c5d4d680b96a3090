"""A view a chapter: its claims row by row, each measured when it is asked for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from diffviz.claims import CLAIMS, Measurement
from diffviz.config import Range
from diffviz.ui.cache import cached
from diffviz.ui.notes.measured import line, strip
from diffviz.ui.notes.rows import Chapter, Row, chapter
from diffviz.ui.shell import Page, View

SEED = Range(0, 99, label="Seed", help="Of the random draws behind every measurement.")
TITLES = {
    "survey": "Survey through SDE",
    "ddpm": "DDPM",
    "ld3": "LD3",
    "v-prediction": "v-prediction",
    "dpm-solver": "DPM-Solver",
    "public-code": "Public code",
}
BADGES = {"right": "green", "imprecise": "orange", "wrong": "red", "missing": "blue"}


def draw(slug: str, page: Page) -> None:
    """The chapter's title and lead, the seed, and the rows."""
    shown = chapter(slug)
    with page.figure:
        words, dial = st.columns([3.4, 1], gap="large")
        words.markdown(f"### {shown.title}\n\n{shown.lead}")
        with dial:
            seed = page.form.number("seed", 0, SEED, int)
        # Of its own, so that what is measured redraws neither the words below nor the navigation.
        st.fragment(_rows)(shown, seed)


def _rows(shown: Chapter, seed: int) -> None:
    """Measure what was asked for, in order, while the rows are drawn; count on top what holds."""
    claims = [row.claim for row in shown.rows if row.claim]
    asked: set[tuple[str, int]] = st.session_state.setdefault("notes.asked", set())
    with st.container(horizontal=True, vertical_alignment="center", key="notes-summary"):
        st.button(
            "Measure all of this chapter",
            key=f"notes.{shown.slug}.all",
            on_click=asked.update,
            args=({(claim, seed) for claim in claims},),
            type="primary",
            disabled=not claims,
        )
        summary = st.empty()
    count = f"**{len(shown.rows)} rows, {len(claims)} of them measurable.**"
    due = [claim for claim in claims if (claim, seed) in asked]
    summary.markdown(count if due else f"{count} None measured yet.")
    done: list[Measurement] = []
    for row in shown.rows:
        with st.container(border=True):
            measurement = _row(row, seed, asked)
        if measurement is not None:
            done.append(measurement)
            left = f", {len(due) - len(done)} to come" if len(done) < len(due) else ""
            held = sum(m.holds for m in done)
            summary.markdown(f"{count} {len(done)} measured{left}; **{held} of {len(done)} hold.**")


def _row(row: Row, seed: int, asked: set[tuple[str, int]]) -> Measurement | None:
    """What the note says and what is right, beside the verdict and the measurement, which is answered."""
    statement, verdict = st.columns([1.7, 1], gap="large")
    with statement:
        st.markdown(f"##### {row.title}\n\n{row.statement}")
        if row.printed and row.right:
            for place, head, text in zip(st.columns(2), ("Printed", "Right"), (row.printed, row.right), strict=True):
                place.markdown(f":small[:gray[{head}]]\n\n{text}")
        elif row.right:
            st.markdown(row.right)
        elif row.printed:
            st.markdown(f":small[:gray[Printed]]\n\n{row.printed}")
        if row.why:
            with st.expander("Why"):
                st.markdown(row.why)
    with verdict:
        st.markdown(f":{BADGES[row.verdict]}-badge[{row.verdict.capitalize()}] {row.because}")
        measurement = _measurement(row, seed, asked) if row.claim else None
        _play(row)
    return measurement


def _measurement(row: Row, seed: int, asked: set[tuple[str, int]]) -> Measurement | None:
    """The button, and once it was pressed what was measured."""
    quantity = CLAIMS[row.claim].quantity
    if (row.claim, seed) not in asked:
        st.button(
            "Measure",
            key=f"notes.{row.claim}",
            help=f"Here and now: {quantity}.",
            on_click=asked.add,
            args=((row.claim, seed),),
        )
        return None
    measurement = measure(row.claim, seed)
    st.markdown(line(quantity, measurement))
    st.html(strip(measurement))
    return measurement


def _play(row: Row) -> None:
    if row.play and not row.links:
        st.caption(row.play)
        return
    for link in row.links:
        st.page_link(f"pages/{link.page}.py", label=f"{link.label} →", query_params=dict(link.query), help=row.play)


@cached("Measuring a claim", usual=0.5)
def measure(claim: str, seed: int) -> Measurement:
    """Both forms of a claim, side by side, from a seed."""
    return CLAIMS[claim].measure(seed)


VIEWS = tuple(View(slug, title, "notes", partial(draw, slug)) for slug, title in TITLES.items())
