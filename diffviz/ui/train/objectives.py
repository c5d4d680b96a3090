"""Two to four objectives at once, on the same data and seed."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice, ConfigError
from diffviz.data import DATASETS, MixtureDataset
from diffviz.experiments.evaluator import learning_problem
from diffviz.experiments.objectives import (
    CONTESTANTS,
    PRESETS,
    SideBySideLook,
    SideBySideObserver,
    comparison,
    preview_side_by_side,
)
from diffviz.experiments.problem import Problem
from diffviz.networks import MLP
from diffviz.player import Scene
from diffviz.recipes import train as recipes
from diffviz.runs.side_by_side import SideBySideRun
from diffviz.scenes import objectives as scenes
from diffviz.schedules import SCHEDULES
from diffviz.source_code import script
from diffviz.training.loop import TrainingConfig
from diffviz.training.side_by_side import SideBySideConfig
from diffviz.ui import live, player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View
from diffviz.ui.train.learn import SEED, evaluator_of

SLUG = "objectives"
MIXTURES = {slug: kind for slug, kind in DATASETS.items() if issubclass(kind, MixtureDataset)}  # their score is known
STEPS, MOST_WIDTH = 2_000, 128
COMPARED = Choice({**Choice.among(PRESETS).options, "own": "My own choice"}, "Compare", kinds=PRESETS)
PLACES = ("first", "second", "third", "fourth")
NOBODY = "none"


def draw(page: Page) -> None:
    """Choose, start, watch."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run-objectives")
    run = live.held(page.form.choices, SideBySideRun, SLUG)
    with page.controls:
        slugs = choose(page.form)
        dataset = page.form.pick("Data", MIXTURES, "data", "ring")
        schedule = page.form.pick("Schedule", SCHEDULES, "schedule", "cosine")
        steps = page.form.field(TrainingConfig, "steps", STEPS, most=20_000)
        rate = page.form.field(TrainingConfig, "rate")
        seed = page.form.number("seed", 0, SEED, int)
        with st.expander("Network"):
            network = page.form.config(MLP, "net", most={"width": MOST_WIDTH})
    config = comparison(slugs, schedule, steps, rate, network)
    problem = learning_problem(dataset, schedule, seed)
    evaluator = evaluator_of(problem)
    shown = run is not None and (run.settings, run.seed, observer_of(run).evaluator.problem)
    changed = run is not None and shown != (config, seed, problem)

    def make() -> SideBySideRun:
        return SideBySideRun(config, problem.data.points, seed, SideBySideObserver(evaluator), problem.exact)

    code = None if changed else script(recipes.objectives, tuple(slugs), dataset, schedule, steps, rate, network, seed)
    live.buttons(live.run_name("train", SLUG), bar, run, make, ready=True, changed=changed, replays=False)
    with page.figure:
        if run is None:
            st.markdown("**Untrained** · the same noise runs through networks that know nothing yet; press Start")
            player.show(preview(problem, config, seed), "objectives.player", code=code)
            return
        page.form.choices.passed["run"] = run.id
        if changed:
            st.caption(live.CHANGED)
        live.watch(run, lambda: look(run, code))
        if run.reason:
            tell("warning", run.reason)


def choose(form: Form) -> list[str]:
    """The objectives of a preset, or two to four of one's own."""
    preset = form.option("compare", "targets", COMPARED)
    if preset in PRESETS:
        return list(PRESETS[preset].slugs)
    titles = Choice.among(CONTESTANTS).options
    slugs = []
    for place, default in zip(PLACES, ("v", "implicit", NOBODY, NOBODY), strict=True):
        options = titles if default != NOBODY else {NOBODY: "–", **titles}
        slugs.append(form.option(place, default, Choice(options, place.capitalize(), kinds=CONTESTANTS)))
    chosen = list(dict.fromkeys(slug for slug in slugs if slug != NOBODY))
    if len(chosen) < 2:
        raise ConfigError("Choose at least two objectives that differ.")
    return chosen


def look(run: SideBySideRun, code: str | None) -> None:
    """One look at a run: its line and its picture."""
    snapshot, observer = run.latest, observer_of(run)
    st.markdown(live.line(run, snapshot, loss=False))
    if snapshot is None:
        player.show(preview(observer.evaluator.problem, run.settings, run.seed), "objectives.player", code=code)
        return
    seen: SideBySideLook = snapshot.evaluation
    setting = observer.evaluator.setting
    scene = scenes.live(setting, titles_of(run.settings), seen, snapshot.progress.steps)
    player.show(scene, "objectives.player", code=code)


def titles_of(config: SideBySideConfig) -> list[str]:
    """What the networks of a comparison are called."""
    named = {one.objective: one.title for one in CONTESTANTS.values()}
    return [named[lane.objective] for lane in config.lanes]


def observer_of(run: SideBySideRun) -> SideBySideObserver:
    """How a run of this view is looked at."""
    assert isinstance(run.observe, SideBySideObserver)
    return run.observe


@cached("Running noise through untrained networks", usual=0.6)
def preview(problem: Problem, config: SideBySideConfig, seed: int) -> Scene:
    """The picture before training."""
    return scenes.preview(preview_side_by_side(evaluator_of(problem), config, seed), titles_of(config))


VIEW = View(
    SLUG, "Objectives side by side", "train-objectives", draw, presented=("objectives.compare", "objectives.data")
)
