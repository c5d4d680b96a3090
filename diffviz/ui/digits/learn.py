"""Live training on images: from nothing, or from where an earlier run had come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.data import IMAGE_SETS, MNIST, SmallDigits
from diffviz.experiments.digits.learning import (
    LearningConfig,
    LearningResult,
    Observer,
    latest_look,
    replay_learning,
    run_untrained,
    shipped_learning,
)
from diffviz.networks import UNet
from diffviz.networks.device import best_device
from diffviz.pretrained.digits import FOLDER, LIVE_CONFIG, LIVE_NETWORK, cached_checkpoint, early_checkpoints
from diffviz.runs.registry import RUNS
from diffviz.runs.run import TrainingRun
from diffviz.scenes.digits import learning as scenes
from diffviz.training.loop import TrainingConfig
from diffviz.ui import live, player
from diffviz.ui.cache import cached
from diffviz.ui.digits import setup
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View

NAME, LOOK_EVERY = "digits", 1.5
DATA = Choice({slug: kind.title for slug, kind in IMAGE_SETS.items()}, "Data")
# Far fewer than the configuration allows: a batch of images, with what each layer keeps of it, must fit into memory.
BATCH = Range(16, 512, label="Batch", log=True)

earlier = cached("Looking at an earlier run", usual=3)(shipped_learning)
untrained = cached("Running noise through an untrained network", usual=2)(run_untrained)


def draw(page: Page) -> None:
    """Choose, start, watch."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center")
    with page.figure:
        with page.controls:
            images = IMAGE_SETS[page.form.option("data", "mnist", DATA)]()
            settings, start = choose(page)
            share = page.form.field(LearningConfig, "share", name="at")
        if not setup.fetched(images, "train"):
            st.caption("Until then, the digits of 8×8 pixels that come with scikit-learn stand in.")
            images = SmallDigits()
    config = LearningConfig(images, share)
    own = own_run(page)
    replayed = live.buttons(NAME, bar, own and own[0], lambda: begin(settings, start, config), ready=True)
    with page.figure:
        if own is None:
            known = images == MNIST()
            doing = "this is how an earlier run learned" if known else "noise comes back as noise"
            st.markdown(f"**Untrained** · until you press Start, {doing}")
            scene = scenes.preview(earlier(config)) if known else scenes.untrained(untrained(config, settings))
            player.show(scene, "digits.player")
            return
        run, observer = own
        page.form.choices.passed["run"] = run.id
        observer.config = replace(observer.config, share=share)
        live.watch(run, lambda: look(run, observer.config, replayed), still=replayed)
        if run.reason:
            tell("warning", run.reason)
        if run.settings != settings or observer.config.images != images:
            st.caption("The choices have changed since this run began: Reset, then Start, trains with them.")


def own_run(page: Page) -> tuple[TrainingRun, Observer] | None:
    """This page's run and what looks at it; None if there is none."""
    run = live.held(page.form.choices)
    return (run, run.observe) if run is not None and isinstance(run.observe, Observer) else None


def choose(page: Page) -> tuple[TrainingConfig, Path | None]:
    """The settings, and the checkpoint to start from."""
    form = page.form
    files = {path.stem: path for path in (*early_checkpoints(), FOLDER / "unconditional.safetensors")}
    titles = {"scratch": "From scratch", **{name: _title(path) for name, path in files.items()}}
    start = files.get(
        form.option("start", "scratch", Choice(titles, "Start from", "A network that comes with the lab."))
    )
    rate = form.field(TrainingConfig, "rate", LIVE_CONFIG.rate)
    steps = form.field(TrainingConfig, "steps", LIVE_CONFIG.steps)
    batch = form.number("batch", LIVE_CONFIG.batch, BATCH, int)
    if start is not None:
        network = cached_checkpoint(start)[1].settings.network
        st.caption("The network is the checkpoint's.")
    else:
        with st.expander("Network"):
            network = form.config(
                UNet, "net", without=("classes",), width=LIVE_NETWORK.width, blocks=LIVE_NETWORK.blocks
            )
    assert isinstance(network, UNet)
    return replace(LIVE_CONFIG, rate=rate, steps=steps, batch=batch, network=network), start


def _title(path: Path) -> str:
    name, _, step = path.stem.partition("-")
    return f"Step {step} of a short run" if name == "early" else "The shipped network"


def begin(settings: TrainingConfig, start: Path | None, config: LearningConfig) -> TrainingRun:
    """A run on the best device there is."""
    weights = None if start is None else cached_checkpoint(start)[0].parameters.values
    return TrainingRun(
        settings, config.real, 0, Observer(config), every=LOOK_EVERY, weights=weights, device=best_device()
    )


def look(run: TrainingRun, config: LearningConfig, replayed: bool) -> None:
    """One look at a run: its line and its picture."""
    snapshot = run.latest
    st.markdown(live.line(run, snapshot))
    if snapshot is None:
        return
    scene = (
        scenes.replay(replay(run.id, snapshot.progress.step, config))
        if replayed
        else scenes.live(latest_look(config, run.settings.schedule, snapshot))
    )
    player.show(scene, "digits.player")


@cached("Replaying", usual=10)
def replay(run_id: str, step: int, config: LearningConfig) -> LearningResult:
    """A run's saved moments, looked at again. step: the run's latest, as a run that has gone on has others."""
    run = RUNS.adopt(run_id)
    assert run is not None and run.latest is not None  # the page that asks shows it
    return replay_learning(config, run.settings, run.seed, run.latest)


VIEW = View("learn", "Train live", "digits-learn", draw)
