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
)
from diffviz.figures import ddim_table as ddim_chart
from diffviz.metrics import Interval
from diffviz.scenes.digits.measured import cell
from diffviz.ui import chart, player
from diffviz.ui.shell import Page, View

MEASURE = Choice(
    {"frechet": "All samples", "equal": "Equal numbers"},
    "Samples",
    "A Fréchet distance falls with the number of samples: across columns only equal numbers compare.",
)
PAPERS = Choice({name: name for name in PAPER}, "Paper's data")
ETA = Choice({eta: f"η = {eta}" for eta in ETAS}, "Digits of")
COLUMN = Choice({str(steps): f"S = {steps}" for steps in STEPS}, "at")


def draw(page: Page) -> None:
    """The table, the digits of a cell, and how its order compares with the paper's."""
    table = ddim_table()
    with page.controls:
        measure = page.form.option("measure", "frechet", MEASURE)
        paper = page.form.option("paper", "CIFAR-10", PAPERS)
        row = ETAS.index(page.form.option("eta", "0", ETA))
        column = STEPS.index(int(page.form.option("s", "10", COLUMN)))
    with page.figure:
        chart.show(
            ddim_chart.compose({"frechet": table.frechet, "equal": table.equal}[measure]),
            key="digits.table",
            on_select=lambda row, column: page.form.set(eta=ETAS[row], s=str(STEPS[column])),
            selected=(row, column),
        )
        st.caption("Click a cell, or name it in the boxes, to see its digits.")
        left, right = st.columns([1, 1.6], gap="large")
        with left:
            place = (row, column)
            note = (
                f"{table.samples[place]:,.0f} samples · {table.clear[place]:.0%} clear · "
                f"{table.seconds[place]:,.0f} CPU s"
            )
            title = f"η = {ETAS[row]}, S = {STEPS[column]}"
            player.show(cell(table.tiles[place], title, note), key="digits.cell")
        with right:
            same, other, near = agreement(table, paper)
            st.markdown(
                f"Real training digits stand at {floors(table)}. Within a column all cells have as many.\n\n"
                f"**Against the paper's {paper}**: of 50 pairs of η in a column, {same} stand in the same order, "
                f"{other} the other way round, and {near} are too near to tell. "
                "Below: rank in the column on all samples, here · there, with ≠ where they differ."
            )
            st.markdown(ranks(table, paper))
        st.markdown("#### Few steps of a fast sampler, many of DDPM")
        st.markdown(ranking(fast_table()))
        st.caption(
            "On the network's own cosine schedule, even in time (the table above: the paper's linear one). "
            "Distances at 256 samples, the mean over all groups of so many; nearest first."
        )
        st.caption(f"Made by `{table.command}` and `{fast_table().command}`.")


def with_interval(interval: Interval) -> str:
    """A value with its 95 % interval."""
    return f"{interval.value:.0f} [{interval.low:.0f}, {interval.high:.0f}]"


def floors(table: DDIMTable) -> str:
    """How far real training digits are, at each number of samples that a cell has."""
    return ", ".join(f"{with_interval(floor)} ({count:,} samples)" for count, floor in table.floors.items())


def ranks(table: DDIMTable, paper: str) -> str:
    """Markdown: the rank of each cell in its column, here and in the paper."""
    rows = [f"| η | {' | '.join(f'S = {s}' for s in STEPS)} |", f"|---|{'---|' * len(STEPS)}"]
    here, there = column_ranks(table.frechet.value), column_ranks(np.array(PAPER[paper]))
    for eta, mine, theirs in zip(ETAS, here, there, strict=True):
        pairs = [f"{a} · {b}{'' if a == b else ' ≠'}" for a, b in zip(mine, theirs, strict=True)]
        rows.append(f"| {eta} | {' | '.join(pairs)} |")
    return "\n".join(rows)


def ranking(table: FastTable) -> str:
    """Markdown: few steps of fast samplers beside many of DDPM, by distance, with real digits among them."""
    lines = [(table.floor, "*real digits*", "", "")]
    lines += [(cell.frechet, cell.sampler, f"{cell.calls}", f"{cell.clear:.1%}") for cell in table.cells]
    rows = ["| sampler | calls | MNIST-Fréchet | 95 % | clear digits |", "|---|---:|---:|---|---:|"]
    for (value, low, high), name, calls, clear in sorted(lines):
        rows.append(f"| {name} | {calls} | {value:.0f} | [{low:.0f},\u00a0{high:.0f}] | {clear} |")
    return "\n".join(rows)


VIEW = View("table", "Measured", "digits-table", draw)
