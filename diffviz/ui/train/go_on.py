"""What a trained network is for: its sampling played, a race on it, its file saved, another one opened."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diffviz.experiments.own_network import FILE, OwnNetwork
from diffviz.experiments.problem import Problem
from diffviz.runs.run import TrainingRun
from diffviz.runs.snapshot import Status
from diffviz.ui import own_network, own_points
from diffviz.ui.shell import Page

PAGE, RACE = "train", "race"


def offer(page: Page, bar: DeltaGenerator, run: TrainingRun, problem: Problem, replayed: bool) -> bool:
    """The buttons of a run that rests, beside its own; answers whether its sampling is to be played.

    problem: what it was trained on. replayed: its learning is shown already.
    """
    if not (run.status.ended or run.status is Status.PAUSED) or run.latest is None:
        return False
    checkpoint = partial(own_network.checkpoint, run, problem.data.id)
    with bar:
        note = "From noise to data through the network as it stands, t by t."
        played = st.toggle("Play its sampling", key=f"{PAGE}:sampling", help=note, disabled=replayed)
        if st.button("Race this network", key=f"{PAGE}:race", help="Every sampler asks it, on these data."):
            own_network.keep(OwnNetwork.opened(checkpoint(), problem.dataset.title))
            _race(page)
        st.download_button("Save it", checkpoint, FILE, key=f"{PAGE}:save", on_click="ignore")
    return played and not replayed


def open_file(page: Page) -> None:
    """A fold in which a saved network is opened, to be raced on the data shown."""
    with st.expander("Open a network"):
        own_network.upload(PAGE, own_network.keep)
        network = own_network.held()
        if network is not None:
            st.caption(f"At hand: {network.describe().lower()}")
            if st.button("Race it", key=f"{PAGE}:race-opened"):
                _race(page)


def _race(page: Page) -> None:
    """Go to the race on this page's data with the session's network."""
    own_points.hand_over(PAGE, RACE)
    page.form.choices.hand_over(RACE, "data", score="own")
    st.switch_page("pages/race.py")
