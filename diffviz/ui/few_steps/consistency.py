"""A consistency map learns live: where it leads from the points of a path, and what it samples."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from diffviz.config import Choice
from diffviz.data import DATASETS
from diffviz.distillation.consistency import Consistency, ConsistencyDistillation
from diffviz.distillation.distances import DISTANCES
from diffviz.experiments.evaluator import learning_problem
from diffviz.experiments.few_steps.consistency import (
    LESSONS,
    ConsistencyJudge,
    ConsistencyLook,
    ConsistencyObserver,
    untrained,
)
from diffviz.player import Scene
from diffviz.pretrained.shapes import SHIPPED, shipped_state
from diffviz.recipes import few_steps as recipes
from diffviz.runs.student import StudentRun
from diffviz.scenes.few_steps import consistency as scenes
from diffviz.source_code import script
from diffviz.ui import live, player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View
from diffviz.ui.train.learn import SEED

SLUG = "consistency"
DATA = Choice(
    {slug: DATASETS[slug].title for slug in SHIPPED}, "Data", kinds={slug: DATASETS[slug] for slug in SHIPPED}
)
PIECES = Choice(
    {str(n): str(n) for n in (2, 4, 8, 16, 32)},
    "Pieces of a path",
    "The map at the noisy end of a piece learns from the map at its clean end; the teacher makes 16 steps in all.",
)
NEAR = Choice({slug: kind.title for slug, kind in DISTANCES.items() if kind.between}, "Distance", kinds=DISTANCES)
MOST_STEPS, TEACHER_STEPS = 20_000, 16


def draw(page: Page) -> None:
    """Choose, start, watch."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run-consistency")
    run = live.held(page.form.choices, StudentRun, SLUG)
    with page.controls:
        data = page.form.option("data", "swiss-roll", DATA)
        settings = choose(page.form)
        seed = page.form.number("seed", 0, SEED, int)
    judge = judge_of(data, seed)
    shown = run is not None and (run.settings, run.seed, observer_of(run).judge.problem)
    changed = run is not None and shown != (settings, seed, judge.problem)

    def make() -> StudentRun:
        return StudentRun(settings, judge.teacher, judge.problem.data.points, seed, ConsistencyObserver(judge))

    code = None if changed else script(recipes.consistency, SHIPPED[data], settings, seed)
    live.buttons(live.run_name("few-steps", SLUG), bar, run, make, ready=True, changed=changed, replays=False)
    with page.figure:
        if run is None:
            begins = "it answers the teacher's denoised points" if settings.inherits else "it knows nothing yet"
            st.markdown(f"**Untrained** · {begins}; press Start")
            player.show(preview(data, settings, seed), "consistency.player", code=code)
            return
        page.form.choices.passed["run"] = run.id
        if changed:
            st.caption(live.CHANGED)
        live.watch(run, lambda: look(run, data, code))
        if run.reason:
            tell("warning", run.reason)


def choose(form: Form) -> Consistency:
    """How the map learns."""
    slug = form.option("method", "distillation", Choice.among(LESSONS, "How it learns"))
    settings = LESSONS[slug].settings
    if isinstance(settings, ConsistencyDistillation):
        pieces = int(form.option("pieces", str(settings.last), PIECES))
        settings = replace(settings, first=pieces, last=pieces, substeps=max(1, TEACHER_STEPS // pieces))
    # Each way to learn has its own start for what follows, and keeps it under its own name.
    distance = form.option(f"{slug}.distance", settings.distance, NEAR)
    steps = form.field(Consistency, "steps", settings.steps, name=f"{slug}.steps", most=MOST_STEPS)
    return replace(settings, distance=distance, steps=steps)


def look(run: StudentRun, data: str, code: str | None) -> None:
    """One look at a run: its line and its picture; once it has ended, the map runs along the flow."""
    snapshot, judge = run.latest, observer_of(run).judge
    assert isinstance(run.settings, Consistency)
    if snapshot is None:
        st.markdown(live.line(run, snapshot))
        player.show(preview(data, run.settings, run.seed), "consistency.player", code=code)
        return
    seen: ConsistencyLook = snapshot.evaluation
    st.markdown(live.line(run, snapshot))
    compose = scenes.along_the_flow if run.status.ended else scenes.live
    player.show(compose(judge.setting, seen, snapshot.progress.steps), "consistency.player", code=code)


def observer_of(run: StudentRun) -> ConsistencyObserver:
    """How a run of this view is looked at."""
    assert isinstance(run.observe, ConsistencyObserver)
    return run.observe


@cached("Following the teacher's flow", usual=0.5)
def judge_of(data: str, seed: int) -> ConsistencyJudge:
    """What stands still while a map learns, once for everyone who asks for the same."""
    teacher = shipped_state(SHIPPED[data])
    assert teacher is not None
    return ConsistencyJudge(learning_problem(SHIPPED[data], teacher.settings.schedule, seed), teacher)


@cached("Asking an untrained map", usual=0.5)
def preview(data: str, settings: Consistency, seed: int) -> Scene:
    """The picture before training."""
    judge = judge_of(data, seed)
    return scenes.along_the_flow(judge.setting, untrained(judge, settings, seed), settings.steps)


VIEW = View(SLUG, "Consistency", "few-steps-consistency", draw, presented=("consistency.data", "consistency.method"))
