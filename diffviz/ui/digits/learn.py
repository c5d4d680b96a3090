"""Live training on images: from nothing, or from where an earlier run had come to."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from diffviz.config import Choice
from diffviz.data import IMAGE_SETS, MNIST, ImageSet, SmallDigits
from diffviz.experiments.digits.learning import (
    LearningConfig,
    LearningResult,
    Observer,
    latest_look,
    replay_learning,
    run_untrained,
    shipped_learning,
    start_learning,
)
from diffviz.networks import UNet
from diffviz.networks.device import best_device
from diffviz.pretrained.digits import (
    LIVE_CONFIG,
    LIVE_NETWORK,
    SCRATCH,
    cached_checkpoint,
    first_weights,
    starting_points,
)
from diffviz.recipes import digits as recipes
from diffviz.runs.registry import RUNS
from diffviz.runs.run import TrainingRun
from diffviz.scenes.digits import learning as scenes
from diffviz.source_code import script
from diffviz.training.loop import TrainingConfig
from diffviz.ui import live, player
from diffviz.ui.cache import cached
from diffviz.ui.digits import setup
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View

NAME, LOOK_EVERY = "digits", 1.5
DATA = Choice.among(IMAGE_SETS, "Data")
# Less than the configurations allow: a batch, with what each layer keeps of it, must fit into memory beside other runs.
MOST_BATCH = 128
MOST_NETWORK = {"width": 64, "blocks": 3, "deeper": 2}

earlier = cached("Looking at an earlier run", usual=3)(shipped_learning)
untrained = cached("Running noise through an untrained network", usual=2)(run_untrained)


def draw(page: Page) -> None:
    """Choose, start, watch."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run")
    own = own_run(page)
    with page.figure:
        with page.controls:
            images = IMAGE_SETS[page.form.option("data", "mnist", DATA)]()
            settings, start = choose(page)
            known = images == MNIST()  # an earlier run learned these, which is shown before Start
            share = page.form.field(LearningConfig, "share", name="at", disabled=own is None and not known)
        if not setup.fetched(images, "train"):
            st.caption("Until then, the digits of 8×8 pixels that come with scikit-learn stand in.")
            images, known = SmallDigits(), False
    config = LearningConfig(images, share)
    changed = own is not None and differs(*own, settings, start, images)
    code = None if changed else script(recipes.learn, config, settings, start)
    replayed = live.buttons(
        NAME, bar, own and own[0], lambda: begin(settings, start, config), ready=True, changed=changed
    )
    with page.figure:
        if own is None:
            earlier_words = "**Earlier run** · this is how it learned; press Start to train a network of your own"
            st.markdown(earlier_words if known else "**Untrained** · until you press Start, noise comes back as noise")
            scene = scenes.preview(earlier(config)) if known else scenes.untrained(untrained(config, settings))
            player.show(scene, "digits.player", code=code)
            return
        run, observer = own
        page.form.choices.passed["run"] = run.id
        observer.config = replace(observer.config, share=share)
        if changed:
            st.caption(live.CHANGED)
        live.watch(run, lambda: look(run, observer.config, replayed, code), still=replayed)
        if run.reason:
            tell("warning", run.reason)


def own_run(page: Page) -> tuple[TrainingRun, Observer] | None:
    """This page's run and what looks at it; None if there is none."""
    run = live.held(page.form.choices, TrainingRun)
    return (run, run.observe) if run is not None and isinstance(run.observe, Observer) else None


def choose(page: Page) -> tuple[TrainingConfig, str]:
    """The settings, and the name of the checkpoint to start from."""
    form = page.form
    titles = {SCRATCH: "From scratch", **{name: _title(name) for name in starting_points()}}
    start = form.option("start", SCRATCH, Choice(titles, "Start from", "A network that comes with the lab."))
    rate = form.field(TrainingConfig, "rate", LIVE_CONFIG.rate)
    steps = form.field(TrainingConfig, "steps", LIVE_CONFIG.steps)
    batch = form.field(TrainingConfig, "batch", LIVE_CONFIG.batch, most=MOST_BATCH)
    if start != SCRATCH:
        network = cached_checkpoint(starting_points()[start])[1].settings.network
        st.caption("The network is the checkpoint's.")
    else:
        with st.expander("Network"):
            network = form.config(
                UNet,
                "net",
                without=("classes", "patch"),
                most=MOST_NETWORK,
                width=LIVE_NETWORK.width,
                blocks=LIVE_NETWORK.blocks,
            )
    assert isinstance(network, UNet)
    return replace(LIVE_CONFIG, rate=rate, steps=steps, batch=batch, network=network), start


def _title(checkpoint: str) -> str:
    name, _, step = checkpoint.partition("-")
    return f"Step {step} of a short run" if name == "early" else "The shipped network"


def differs(run: TrainingRun, observer: Observer, settings: TrainingConfig, start: str, images: ImageSet) -> bool:
    """Whether a run was begun with other choices than these."""
    return run.settings != settings or observer.config.images != images or run.first_weights is not first_weights(start)


def begin(settings: TrainingConfig, start: str, config: LearningConfig) -> TrainingRun:
    """A run on the best device there is."""
    weights, device = first_weights(start), best_device()
    return TrainingRun(settings, config.real, 0, Observer(config), every=LOOK_EVERY, weights=weights, device=device)


def look(run: TrainingRun, config: LearningConfig, replayed: bool, code: str | None) -> None:
    """One look at a run: its line and its picture."""
    snapshot = run.latest
    st.markdown(live.line(run, snapshot))
    if snapshot is None:
        scene = scenes.before_first_look(start_learning(config, run.settings.schedule))
    elif replayed:
        scene = scenes.replay(replay(run.id, snapshot.progress.step, config))
    else:
        scene = scenes.live(latest_look(config, run.settings.schedule, snapshot))
    player.show(scene, "digits.player", code=code)


@cached("Replaying", usual=10)
def replay(run_id: str, step: int, config: LearningConfig) -> LearningResult:
    """A run's saved moments, looked at again. step: the run's latest, as a run that has gone on has others."""
    run = RUNS.adopt(run_id)
    assert isinstance(run, TrainingRun) and run.latest is not None  # the page that asks shows it
    return replay_learning(config, run.settings, run.seed, run.latest)


VIEW = View("learn", "Train live", "digits-learn", draw, presented=("learn.start", "learn.at"))
