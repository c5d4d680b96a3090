"""Live training on images: from nothing, or from where an earlier run had come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.data import IMAGE_SETS, Images
from diffviz.networks import UNet
from diffviz.networks.device import best_device
from diffviz.player import Scene
from diffviz.pretrained.digits import BODY, FOLDER, LIVE, early, learning
from diffviz.runs.run import TrainingRun
from diffviz.scenes.digits.learning import Observer, live, preview, replay, untrained
from diffviz.training.loop import TrainingConfig
from diffviz.ui import live as runs
from diffviz.ui import player
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

NAME, LOOK_EVERY = "digits", 1.5
DATA = Choice({slug: kind.title for slug, kind in IMAGE_SETS.items()}, "Data")
RATE = Range(1e-4, 2e-2, label="Learning rate", log=True, help="The highest it gets.")


def draw(page: Page) -> None:
    """Choose, start, watch."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center")
    with page.figure:
        with page.controls:
            slug = page.form.option("data", "mnist", DATA)
            settings, start = choose(page)
            share = page.form.number("at", 0.5, Range(0, 1, step=0.05, label="Noised to t", help="Of the real ones."))
        data = setup.images(slug, "train")
        if data is None:
            st.caption("Until then, the digits of 8×8 pixels that come with scikit-learn stand in.")
            slug, data = "digits", setup.images("digits", "train")
    assert data is not None  # these need no fetching
    observer = Observer(IMAGE_SETS[slug].title, data.points, share)
    held = runs.held(NAME)
    run: Any = held if held is not None and isinstance(held.observe, Observer) else None  # not one of another page
    replayed = runs.buttons(NAME, bar, run, lambda: begin(settings, start, data, observer), ready=True)
    with page.figure:
        if run is None:
            known = slug == "mnist"
            doing = "this is how an earlier run learned" if known else "noise comes back as noise"
            st.markdown(f"**Untrained** · until you press Start, {doing}")
            player.show(before(f"{share} {data.id} {settings!r}", observer, settings, known), "digits.player")
            return
        page.form.choices.passed["run"] = run.id
        run.observe.share = share
        runs.watch(run, lambda: look(run, replayed), still=replayed)
        if run.reason:
            st.warning(run.reason)
        if run.settings != settings or run.observe.title != observer.title:
            st.caption("The choices have changed since this run began: Reset, then Start, trains with them.")


def choose(page: Page) -> tuple[TrainingConfig, Path | None]:
    """The settings, and the checkpoint to start from."""
    form = page.form
    files = {path.stem: path for path in (*early(), FOLDER / "unconditional.safetensors")}
    titles = {"scratch": "From scratch", **{name: _title(path) for name, path in files.items()}}
    start = files.get(
        form.option("start", "scratch", Choice(titles, "Start from", "A network that comes with the lab."))
    )
    rate = form.number("rate", LIVE.rate, RATE)
    steps = form.number("steps", LIVE.steps, Range(100, 100_000, label="Steps", log=True), int)
    batch = form.number("batch", LIVE.batch, Range(16, 512, label="Batch", log=True), int)
    if start is not None:
        network = learning(start)[1].settings.network
        st.caption("The network is the checkpoint's.")
    else:
        with st.expander("Network"):
            network = form.config(UNet, "net", without=("classes",), width=BODY.width, blocks=BODY.blocks)
    assert isinstance(network, UNet)
    return replace(LIVE, rate=rate, steps=steps, batch=batch, network=network), start


def _title(path: Path) -> str:
    name, _, step = path.stem.partition("-")
    return f"Step {step} of a short run" if name == "early" else "The shipped network"


def begin(settings: TrainingConfig, start: Path | None, data: Images, observer: Observer) -> TrainingRun:
    """A run on the best device there is."""
    weights = None if start is None else learning(start)[0].parameters.values
    return TrainingRun(settings, data.points, 0, observer, every=LOOK_EVERY, weights=weights, device=best_device())


def look(run: TrainingRun, replayed: bool) -> None:
    """One look at a run: its line and its picture."""
    snapshot, observer = run.latest, run.observe
    assert isinstance(observer, Observer)
    st.markdown(runs.line(run, snapshot))
    if snapshot is None:
        return
    key = f"{run.id} {snapshot.progress.step} {observer.share}"
    scene = replayed_for(key, run) if replayed else live(observer, run.settings.schedule, snapshot)
    player.show(scene, "digits.player")


@st.cache_data(max_entries=6, show_spinner="Looking at an earlier run")
def before(key: str, _observer: Observer, _settings: TrainingConfig, known: bool) -> Scene:
    return preview(_observer, early()) if known else untrained(_observer, _settings)


@st.cache_data(max_entries=6, show_spinner="Replaying")
def replayed_for(key: str, _run: TrainingRun) -> Scene:
    observer, latest = _run.observe, _run.latest
    assert isinstance(observer, Observer) and latest is not None
    return replay(observer, _run.settings, _run.seed, latest)


VIEW = View("learn", "Train live", "digits-learn", draw)
