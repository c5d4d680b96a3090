"""The session's own network: kept when one is trained or opened, and asked by the race."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from diffviz.config import ConfigError
from diffviz.experiments.own_network import FILE, LARGEST, OwnNetwork
from diffviz.runs.run import TrainingRun
from diffviz.ui.form import Form
from diffviz.ui.notice import tell

_KEPT = "own-network"
_NONE = (
    "There is no network of yours yet, and a link holds none: press Race this network on the page Train live, or open "
    "its file. Until then the usual one is asked."
)


def checkpoint(run: TrainingRun, data: str) -> bytes:
    """A run's latest weights as a file; `data` is the data set's id. Raises `ConfigError` before the first step."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        run.save(path, data)
        return path.read_bytes()


def keep(network: OwnNetwork) -> None:
    """Make it the session's."""
    st.session_state[_KEPT] = network


def held() -> OwnNetwork | None:
    """The session's, if it has one."""
    network: OwnNetwork | None = st.session_state.get(_KEPT)
    return network


def choose(form: Form, page: str) -> OwnNetwork | None:
    """The session's network, or that of a file which is opened here; a sentence where there is none."""
    form.choices.lacks.append("The link does not hold your network.")
    upload(page, keep)
    network = held()
    if network is None:
        tell("info", _NONE)
    return network


def upload(page: str, opened: Callable[[OwnNetwork], None]) -> None:
    """A place to open a file, whose network is handed to `opened`; a file that is none is told in a sentence."""
    widget, complaint = f"{page}:network", f"{page}:network-complaint"

    def read() -> None:
        file = st.session_state[widget]
        st.session_state[complaint] = None
        if file is None:
            return
        try:
            opened(OwnNetwork.opened(file.getvalue()))
        except ConfigError as error:
            st.session_state[complaint] = str(error)

    label = "Open a network that was saved here"
    st.file_uploader(label, type=["safetensors"], key=widget, on_change=read, max_upload_size=LARGEST)
    if st.session_state.get(complaint):
        tell("error", st.session_state[complaint])
