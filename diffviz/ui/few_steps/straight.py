"""Rectified flow, live: paths before and after reflow beside the curved flow."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.distillation.rectified_flow import RectifiedFlow
from diffviz.experiments.few_steps.straight import (
    FEW,
    NEAR,
    FlowLook,
    StraightConfig,
    StraightEvaluator,
    StraightObserver,
    StraightSetting,
)
from diffviz.player import Scene
from diffviz.pretrained.shapes import SHIPPED
from diffviz.recipes import few_steps as recipes
from diffviz.runs.student import StudentRun
from diffviz.scenes.few_steps.straight import compose
from diffviz.source_code import script
from diffviz.ui import live, player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View

SLUG = "straight"
DATA = Choice.among({slug: type(dataset) for slug, dataset in SHIPPED.items()}, "Data", "Its shipped network teaches.")
CALLS = Range(1, FEW[-1], label="Euler steps N", help="Of the samples below the paths; one network call each.")


def draw(page: Page) -> None:
    """Choose, start, watch the paths become straight."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run-straight")
    run = live.held(page.form.choices, StudentRun, SLUG)
    with page.controls:
        calls = page.form.number("calls", 2, CALLS, int)
        config = choose(page.form)
    evaluator = evaluator_of(config)
    changed = run is not None and observer_of(run).evaluator.config != config

    def make() -> StudentRun:
        fresh, seed = evaluator.fresh, config.seed
        return StudentRun(config.settings, evaluator.teacher, fresh, seed, StraightObserver(evaluator))

    code = None if changed else script(recipes.straight, config, calls)
    live.buttons(live.run_name("few-steps", SLUG), bar, run, make, ready=True, changed=changed, replays=False)
    with page.figure:
        if run is None:
            st.markdown("**Before reflow** · the student is still the first rectified flow; press Start")
            show(evaluator.setting, None, preview(config, calls), code)
            return
        page.form.choices.passed["run"] = run.id
        if changed:
            st.caption(live.CHANGED)
        live.watch(run, lambda: look(run, calls, code))
        if run.reason:
            tell("warning", run.reason)


def choose(form: Form) -> StraightConfig:
    """The teacher, and how its flow is straightened."""
    dataset = SHIPPED[form.option("data", "swiss-roll", DATA)]
    rounds = form.field(RectifiedFlow, "rounds")
    pairs = form.field(RectifiedFlow, "pairs", most=65_536)
    steps = form.field(RectifiedFlow, "steps", most=10_000)
    seed = form.field(StraightConfig, "seed")
    return StraightConfig(dataset, RectifiedFlow(rounds=rounds, pairs=pairs, steps=steps), seed)


def look(run: StudentRun, calls: int, code: str | None) -> None:
    """One look at a run: its line, its picture, its numbers."""
    snapshot, evaluator = run.latest, observer_of(run).evaluator
    setting = evaluator.setting
    st.markdown(live.line(run, snapshot))
    if snapshot is None:
        show(setting, None, preview(evaluator.config, calls), code)
        return
    seen = snapshot.evaluation
    assert isinstance(seen, FlowLook)
    show(setting, seen, compose(setting, seen, calls), code)


def show(setting: StraightSetting, seen: FlowLook | None, scene: Scene, code: str | None) -> None:
    """The picture, and the flows in numbers."""
    player.show(scene, "straight.player", code=code)
    flows = {"Curved, by DDIM": setting.curved, "First rectified flow": setting.first}
    flows |= {"After reflow": seen} if seen else {}
    rows = ["| flow | $S$ (0: straight) | length / chord (1: straight) | calls needed |", "|---|---:|---:|---:|"]
    for name, flow in flows.items():
        needed = flow.calls_within(setting.near) or f"more than {flow.calls[-1]}"
        rows.append(f"| {name} | {flow.straightness:.3f} | {flow.length:.2f} | {needed} |")
    st.markdown("\n".join(rows))
    st.caption(f"Calls needed: to end within {NEAR} times the distance of the curved flow in 64 steps.")


def observer_of(run: StudentRun) -> StraightObserver:
    """How a run of this view is looked at."""
    assert isinstance(run.observe, StraightObserver)
    return run.observe


@cached("Following the teacher's flow", usual=1)
def evaluator_of(config: StraightConfig) -> StraightEvaluator:
    """What stands still while a student learns, once for everyone who asks for the same."""
    evaluator = StraightEvaluator(config)
    _ = evaluator.setting
    return evaluator


@cached("Drawing the paths", usual=0.2)
def preview(config: StraightConfig, calls: int) -> Scene:
    """The picture before training."""
    return compose(evaluator_of(config).setting, None, calls)


VIEW = View(SLUG, "Straight paths", "few-steps-straight", draw, presented=("straight.calls", "straight.data"))
