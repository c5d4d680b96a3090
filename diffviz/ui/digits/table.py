"""Measured: the DDIM paper's table on these digits, and fast samplers beside DDPM."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diffviz.config import Choice
from diffviz.experiments.digits.measured import (
    ETAS,
    PAPER,
    STEPS,
    DDIMTable,
    FastTable,
    agreement,
    column_ranks,
    ddim_table,
    fast_table,
    possible_ranks,
)
from diffviz.figures import ddim_table as ddim_chart
from diffviz.metrics import Interval
from diffviz.recipes import digits as recipes
from diffviz.scenes.digits.measured import cell
from diffviz.source_code import script
from diffviz.ui import chart, player
from diffviz.ui.shell import Page, View

PAPERS = Choice({name: name for name in PAPER}, "Paper's data")
ETA = Choice({eta: f"η = {eta}" for eta in ETAS}, "Digits of")
COLUMN = Choice({str(steps): f"S = {steps}" for steps in STEPS}, "at")


def draw(page: Page) -> None:
    """The table with the digits of a cell; folded, how its order compares with the paper's, and the fast samplers."""
    table = ddim_table()
    with page.controls:
        row = ETAS.index(page.form.option("eta", "0", ETA))
        column = STEPS.index(int(page.form.option("s", "10", COLUMN)))
        paper = page.form.option("paper", "CIFAR-10", PAPERS)
    with page.figure:
        left, right = st.columns([2.2, 1], gap="medium")
        with left:
            chart.show(
                ddim_chart.compose(table.excess),
                key="digits.table",
                on_select=lambda row, column: page.form.set(eta=ETAS[row], s=str(STEPS[column])),
                selected=(row, column),
                code=script(recipes.measured, ETAS[row], STEPS[column]),
            )
        with right:
            _digits_of(table, row, column)
        with st.expander(f"Against the paper's {paper}"):
            st.markdown(order(table, paper))
            st.markdown(ranks(table, paper))
        with st.expander("Few steps of a fast sampler, many of DDPM"):
            st.markdown(ranking(fast_table()))
            st.caption(
                "On the network's own cosine schedule, even in time (the table above: the paper's linear one). "
                "MNIST-Fréchet of 256 samples, less that of 256 real digits; nearest first."
            )
        st.caption(f"Made by `{table.command}` and `{fast_table().command}`.")


def _digits_of(table: DDIMTable, row: int, column: int) -> None:
    place = (row, column)
    note = f"{table.clear[place]:.0%} clear"
    player.show(cell(table.tiles[place], f"η = {ETAS[row]}, S = {STEPS[column]}", note), key="digits.cell")
    st.caption(
        f"Of {table.samples[place]:,.0f} samples, {table.seconds[place]:,.0f} CPU s. "
        "Click a cell, or name it in the boxes, to see its digits."
    )


def with_interval(interval: Interval) -> str:
    """A value with its 95 % interval."""
    return f"{interval.value:z.0f} [{interval.low:z.0f},\u00a0{interval.high:z.0f}]"


def order(table: DDIMTable, paper: str) -> str:
    """How many pairs of cells stand as in the paper."""
    same, other, near = agreement(table, paper)
    return (
        f"Of 50 pairs of η in a column, {same} stand in the same order as in the paper, {other} the other way round, "
        f"and {near} are too near to tell. Below: rank in the column, here · there, with ≠ where they differ by "
        "more than cells too near to tell allow."
    )


def ranks(table: DDIMTable, paper: str) -> str:
    """Markdown: the rank of each cell in its column, here and in the paper."""
    rows = [f"| η | {' | '.join(f'S = {s}' for s in STEPS)} |", f"|---|{'---|' * len(STEPS)}"]
    here, there = column_ranks(table.frechet.value), column_ranks(np.array(PAPER[paper]))
    lowest, highest = possible_ranks(table.frechet)
    differ = (there < lowest) | (there > highest)
    for eta, mine, theirs, unlike in zip(ETAS, here, there, differ, strict=True):
        pairs = [f"{a} · {b}{' ≠' * bool(far)}" for a, b, far in zip(mine, theirs, unlike, strict=True)]
        rows.append(f"| {eta} | {' | '.join(pairs)} |")
    return "\n".join(rows)


def ranking(table: FastTable) -> str:
    """Markdown: few steps of fast samplers beside many of DDPM, by how far they are from real digits."""
    rows = ["| sampler | calls | above real digits | clear digits |", "|---|---:|---:|---:|"]
    rows += [f"| {c.sampler} | {c.calls} | {with_interval(c.excess)} | {c.clear:.1%} |" for c in table.cells]
    return "\n".join(rows)


VIEW = View("table", "Measured", "digits-table", draw, presented=("table.eta", "table.s"))
