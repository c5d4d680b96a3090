"""Measured: the DDIM paper's table on these digits, and fast samplers beside DDPM."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diffviz.config import Choice
from diffviz.player import Scene
from diffviz.scenes.digits import measured
from diffviz.scenes.digits.tiles import pane
from diffviz.ui import player
from diffviz.ui.shell import Page, View

MEASURE = Choice(
    {"frechet": "All samples", "equal": "Equal numbers"},
    "Samples",
    "A Fréchet distance falls with the number of samples: across columns only equal numbers compare.",
)
PAPERS = Choice({name: name for name in measured.PAPER}, "Paper's data")


def draw(page: Page) -> None:
    """The table, the digits of a cell, and how its order compares with the paper's."""
    with page.controls:
        measure = page.form.option("measure", "frechet", MEASURE)
        paper = page.form.option("paper", "CIFAR-10", PAPERS)
        eta = page.form.option("eta", "0", Choice({eta: f"η = {eta}" for eta in measured.ETAS}, "Digits of"))
        steps = page.form.option("s", "10", Choice({str(s): f"S = {s}" for s in measured.STEPS}, "at"))
    with page.figure:
        st.markdown(
            "**MNIST-Fréchet by η and number of steps S**, with 95 % intervals. Click a cell to see its digits."
        )
        picked = st.dataframe(
            measured.grid(measure), hide_index=True, on_select="rerun", selection_mode="single-cell", key="digits:cells"
        )
        cells = picked.selection.cells
        if cells and cells[0][1] != "η":
            eta, steps = measured.ETAS[cells[0][0]], cells[0][1].removeprefix("S = ")
        shown = measured.shipped("ddim-table")
        cell, tiles = shown["cells"][f"{eta} {steps}"], measured.tiles("ddim-table")[f"{eta} {steps}"]
        left, right = st.columns([1, 1.6], gap="large")
        with left:
            note = f"{cell['samples']:,} samples · {cell['clear']:.0%} clear · {cell['seconds']:,.0f} CPU s"
            drawn = pane(np.asarray(tiles)[None], f"η = {eta}, S = {steps}", note=note)
            player.show(Scene([drawn], columns=1, autoplay=False, description="Digits of a cell"), key="digits.cell")
        with right:
            same, other, near = measured.agreement(paper)
            st.markdown(
                f"Real training digits stand at {measured.floors()}. Within a column all cells have as many.\n\n"
                f"**Against the paper's {paper}**: of 50 pairs of η in a column, {same} stand in the same order, "
                f"{other} the other way round, and {near} are too near to tell. "
                "Below: rank in the column on all samples, here · there, with ≠ where they differ."
            )
            st.markdown(measured.ranks(paper))
        st.markdown("#### Few steps of a fast sampler, many of DDPM")
        st.markdown(measured.fast())
        st.caption(
            "On the network's own cosine schedule, even in time (the table above: the paper's linear one). "
            "Distances at 256 samples, the mean over all groups of so many; nearest first."
        )
        st.caption(f"Made by `{shown['command']}` and `{measured.shipped('fast-table')['command']}`.")


VIEW = View("table", "Measured", "digits-table", draw)
