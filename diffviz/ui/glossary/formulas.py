"""The formula and the paper of all that can be chosen."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from diffviz.config import Kind
from diffviz.data import DATASETS, IMAGE_SETS
from diffviz.distillation.distances import DISTANCES
from diffviz.experiments.digits.guidance import KINDS
from diffviz.experiments.digits.inverse import METHODS
from diffviz.experiments.problem import SCORE_SOURCES
from diffviz.grids import GRIDS
from diffviz.metrics import METRICS
from diffviz.objectives import OBJECTIVES, TARGETS, TIME_SAMPLERS, WEIGHTINGS
from diffviz.pretrained.students import STUDENTS
from diffviz.samplers import SAMPLERS
from diffviz.schedules import SCHEDULES
from diffviz.ui.explained import explained
from diffviz.ui.shell import Page, View

CATALOGUES: dict[str, Mapping[str, Kind]] = {
    "Samplers": SAMPLERS,
    "Students": STUDENTS,
    "Grids": GRIDS,
    "Schedules": SCHEDULES,
    "Score": SCORE_SOURCES,
    "Objectives": OBJECTIVES,
    "Targets": TARGETS,
    "Weightings": WEIGHTINGS,
    "Times drawn": TIME_SAMPLERS,
    "Guidance": KINDS,
    "Inverse problems": METHODS,
    "Distances": METRICS,
    "Distances of two answers": DISTANCES,
    "Data": DATASETS,
    "Images": IMAGE_SETS,
}


def draw(page: Page) -> None:
    """A section a catalogue."""
    with page.figure, st.container(key="formulas"):
        for title, catalogue in CATALOGUES.items():
            st.markdown(f"#### {title}\n\n" + "\n\n".join(map(explained, catalogue.values())))


VIEW = View("formulas", "Formulas", "glossary", draw)
