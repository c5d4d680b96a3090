"""A view a chapter: its claims row by row, each measured when it is asked for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from diffviz.claims import CLAIMS, Measurement
from diffviz.config import Range
from diffviz.recipes import notes as recipes
from diffviz.source_code import script
from diffviz.ui import code
from diffviz.ui.cache import cached
from diffviz.ui.notes.measured import legend, line, strip
from diffviz.ui.notes.rows import Chapter, Row, chapter
from diffviz.ui.shell import Page, View

SEED = Range(0, 99, label="Seed", help="Of the random draws behind every measurement.")
TITLES = {
    "survey": "SDE survey",
    "ddpm": "DDPM",
    "ld3": "LD3",
    "v-prediction": "v-prediction",
    "dpm-solver": "DPM-Solver",
    "public-code": "Public code",
}
SPLIT = (1.15, 1)  # the widths of a row's two sides
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
    """Measure what was asked for, in order, while the rows are drawn; count on top what is confirmed."""
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
        code.offer(script(recipes.chapter, tuple(claims), seed), f"notes.{shown.slug}")
    count = f"**{len(shown.rows)} rows, {len(claims)} of them measurable.**"
    due = [claim for claim in claims if (claim, seed) in asked]
    summary.markdown(count if due else f"{count} None measured yet.")
    if claims:
        st.html(legend())
    done: list[Measurement] = []
    for number, row in enumerate(shown.rows):
        with st.container(border=True, key=f"notes-row-{shown.slug}-{number}"):
            measurement = _row(row, seed, asked)
        if measurement is not None:
            done.append(measurement)
            left = f", {len(due) - len(done)} to come" if len(done) < len(due) else ""
            held = sum(m.holds for m in done)
            summary.markdown(f"{count} {len(done)} measured{left}; **{held} of {len(done)} confirmed.**")


def _row(row: Row, seed: int, asked: set[tuple[str, int]]) -> Measurement | None:
    """The claim beside its verdict and measurement, which is answered; both forms; what they follow from."""
    left, right = st.columns(SPLIT, gap="large")
    left.markdown(f"##### {row.title}\n\n{row.statement}")
    with right:
        st.markdown(f":{BADGES[row.verdict]}-badge[{row.verdict.capitalize()}] {row.because}")
        measurement = _measurement(row, seed, asked)
    forms = {"Printed": row.printed, "Right": row.right}
    shown = [(head, form) for head, form in forms.items() if form]
    for place, (head, form) in zip(st.columns(SPLIT, gap="large"), shown, strict=False):
        place.markdown(f":small[:gray[{head}]]\n\n{form}")
    if row.why:
        st.fragment(_why)(row)
    return measurement


def _why(row: Row) -> None:
    """The derivation, set only once it is unfolded: the formulas of two dozen keep a browser busy for a second."""
    fold = st.expander("Why", key=f"notes.why.{row.title}", on_change="rerun")
    if fold.open:
        fold.markdown(row.why)


def _measurement(row: Row, seed: int, asked: set[tuple[str, int]]) -> Measurement | None:
    """What was measured, once it was asked for, or the button that asks; and the way to where it can be played with."""
    measurement = None
    if (row.claim, seed) in asked:
        measurement = measure(row.claim, seed)
        st.markdown(line(CLAIMS[row.claim].quantity, measurement))
        st.html(strip(measurement))
    with st.container(horizontal=True, vertical_alignment="center"):
        if row.claim and measurement is None:
            quantity = CLAIMS[row.claim].quantity
            ask = partial(asked.add, (row.claim, seed))
            st.button("Measure", key=f"notes.{row.claim}", help=f"Here and now: {quantity}.", on_click=ask)
        for link in row.links:
            st.page_link(f"pages/{link.module}.py", label=f"{link.label} →", query_params=dict(link.query))
        st.caption(row.play)
    return measurement


@cached("Measuring a claim", usual=0.5)
def measure(claim: str, seed: int) -> Measurement:
    """Both forms of a claim, side by side, from a seed."""
    return CLAIMS[claim].measure(seed)


VIEWS = tuple(
    View(slug, title, "notes", partial(draw, slug), presented=(f"{slug}.seed",)) for slug, title in TITLES.items()
)
