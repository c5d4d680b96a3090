"""Progressive distillation, live: the rounds from the teacher's steps down to one."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice
from diffviz.distillation.progressive import (
    DISTILLATION_WEIGHTINGS,
    DistillationProgress,
    ProgressiveDistillation,
)
from diffviz.estimate import format_estimate
from diffviz.experiments.few_steps.distil import (
    DistilConfig,
    DistilEvaluator,
    DistilLook,
    DistilObserver,
    Measures,
    TargetsResult,
    measure_targets,
)
from diffviz.figures import distillation as charts
from diffviz.player import Scene
from diffviz.pretrained.shapes import SHIPPED
from diffviz.recipes import few_steps as recipes
from diffviz.runs.student import StudentRun
from diffviz.scenes.few_steps import distil as scenes
from diffviz.source_code import script
from diffviz.ui import chart, live, player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View

SLUG = "distil"
DATA = Choice.among({slug: type(dataset) for slug, dataset in SHIPPED.items()}, "Data", "Its shipped network teaches.")
STARTS = Choice({str(n): str(n) for n in (16, 32, 64, 128)}, "Teacher's steps", "They halve in every round.")
BEFORE = 4  # steps that the untrained student is shown with


def draw(page: Page) -> None:
    """Choose, start, watch the rounds; below, what the targets ask for and cost."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run-distil")
    run = live.held(page.form.choices, StudentRun, SLUG)
    with page.controls:
        config = choose(page.form)
    evaluator = evaluator_of(config)
    changed = run is not None and observer_of(run).evaluator.config != config

    def make() -> StudentRun:
        return StudentRun(config.settings, evaluator.teacher, evaluator.points, config.seed, DistilObserver(evaluator))

    code = None if changed else script(recipes.distil, config)
    live.buttons(live.run_name("few-steps", SLUG), bar, run, make, ready=True, changed=changed, replays=False)
    with page.figure:
        if run is None:
            st.markdown("**Untrained** · the student is still its teacher, and takes few steps badly; press Start")
            player.show(preview(config), "distil.player", code=code)
        else:
            page.form.choices.passed["run"] = run.id
            if changed:
                st.caption(live.CHANGED)
            live.watch(run, lambda: look(run, code))
            if run.reason:
                tell("warning", run.reason)
        targets = targets_of(config)
        left, right = st.columns(2, gap="medium")
        with left:
            chart.show(charts.asked(targets), key="distil.asked")
        with right:
            chart.show(charts.costs(targets), key="distil.costs")


def choose(form: Form) -> DistilConfig:
    """The teacher, and how it is distilled."""
    dataset = SHIPPED[form.option("data", "swiss-roll", DATA)]
    start = int(form.option("start", "64", STARTS))
    target = form.field(ProgressiveDistillation, "target")
    weighting = form.pick("Weighting", DISTILLATION_WEIGHTINGS, "weighting", "snr-plus-one")
    printed = form.field(ProgressiveDistillation, "printed")
    steps = form.field(ProgressiveDistillation, "steps", most=5_000)
    seed = form.field(DistilConfig, "seed")
    settings = ProgressiveDistillation(start=start, target=target, weighting=weighting, printed=printed, steps=steps)
    return DistilConfig(dataset, settings, seed)


def look(run: StudentRun, code: str | None) -> None:
    """One look at a run: its line, its picture, its numbers."""
    snapshot, evaluator = run.latest, observer_of(run).evaluator
    line = live.line(run, snapshot)
    if snapshot is None:
        st.markdown(line)
        player.show(preview(evaluator.config), "distil.player", code=code)
        return
    now, seen = snapshot.progress, snapshot.evaluation
    assert isinstance(now, DistillationProgress) and isinstance(seen, DistilLook)
    if now.step < now.steps:
        line += f" · round to {now.calls}: {now.round_step / now.round_steps:.0%}"
    st.markdown(line)
    player.show(scenes.compose(evaluator.setting, seen, now.calls), "distil.player", code=code)
    st.markdown(table(evaluator, seen))


def table(evaluator: DistilEvaluator, seen: DistilLook) -> str:
    """Markdown: every round so far beside DDIM with the teacher in as many steps."""
    setting = evaluator.setting
    teacher, (low, high) = setting.teacher.measures, setting.floor.band
    rows = [
        f"Sliced W₂ of the teacher in {teacher.calls} steps: {teacher.w2:.3f}; floor {low:.3f} to {high:.3f}.\n",
        "| steps | student's W₂ | DDIM's W₂ | student apart from the teacher | DDIM apart |",
        "|---:|---:|---:|---:|---:|",
    ]
    for one in seen.rounds:
        other: Measures = setting.ddim[one.calls].measures
        apart = f"{format_estimate(*one.rmse)} | {format_estimate(*other.rmse)}"
        rows.append(f"| {one.calls} | {one.w2:.3f} | {other.w2:.3f} | {apart} |")
    return "\n".join(rows)


def observer_of(run: StudentRun) -> DistilObserver:
    """How a run of this view is looked at."""
    assert isinstance(run.observe, DistilObserver)
    return run.observe


@cached("Asking the teacher", usual=0.5)
def evaluator_of(config: DistilConfig) -> DistilEvaluator:
    """What stands still while a student learns, once for everyone who asks for the same."""
    return DistilEvaluator(config)


@cached("Letting the teacher take few steps", usual=0.6)
def preview(config: DistilConfig) -> Scene:
    """The picture before training."""
    return scenes.compose(evaluator_of(config).setting, None, BEFORE)


@cached("Asking the teacher for targets", usual=0.3)
def targets_of(config: DistilConfig) -> TargetsResult:
    """What the targets of all rounds ask for and cost."""
    return measure_targets(config)


VIEW = View(SLUG, "Distil", "few-steps", draw, presented=("distil.target", "distil.printed"))
