"""Learned steps: LD3 with both losses, live, beside fixed grids and the visitor's own."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from diffviz.config import Choice
from diffviz.data import DATASETS
from diffviz.experiments.few_steps.learned import (
    DEFAULT,
    SHOWN_CALLS,
    Errors,
    StepsJudge,
    StepsLook,
    StepsObserver,
    StepsSetting,
    own_errors,
    preview_steps,
)
from diffviz.pretrained.shapes import SHIPPED
from diffviz.recipes import few_steps as recipes
from diffviz.runs.both_losses import BothLossesRun
from diffviz.scenes.few_steps.learned import LOSSES, compose
from diffviz.source_code import script
from diffviz.timesteps import LD3
from diffviz.timesteps.both_losses import BothLosses
from diffviz.ui import live, player, step_editor
from diffviz.ui.cache import cached
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View

SLUG = "learned"
DATA = Choice.among(
    {slug: DATASETS[slug] for slug in SHIPPED}, "Data", "Whose network, which comes with the lab, is sampled."
)


def draw(page: Page) -> None:
    """Choose, place steps by hand, start, watch."""
    form = page.form
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run-learned")
    run = live.held(form.choices, BothLossesRun, SLUG)
    with page.controls:
        dataset = SHIPPED[form.option("data", "swiss-roll", DATA)]
        learning = replace(
            DEFAULT.learning,
            sampler=form.field(LD3, "sampler"),
            first=form.field(LD3, "first"),
            decoupled=form.field(LD3, "decoupled"),
        )
        settings = BothLosses(learning, form.field(BothLosses, "radius"))
        seed = form.field(StepsJudge, "seed")
    judge = judged(StepsJudge(dataset, settings, seed))
    changed = run is not None and (run.settings, run.seed, judge_of(run).dataset) != (settings, seed, dataset)

    def make() -> BothLossesRun:
        return BothLossesRun(settings, judge.teacher, seed, StepsObserver(judge))

    live.buttons(live.run_name("few-steps", SLUG), bar, run, make, ready=True, changed=changed, replays=False)
    with page.figure:
        pictures = st.container()
        shares = step_editor.edit(form, judge.teacher.model.schedule, SHOWN_CALLS - 1)
    with pictures:
        shown = judge if run is None else judge_of(run)
        own = own_measured(shown, shares)
        code = script(recipes.learned, shown, shares)
        if run is None:
            st.markdown("**Before learning** · both losses stand on the first grid; press Start to let them learn")
            picture(shown, preview(shown), own, code)
            return
        form.choices.passed["run"] = run.id
        if changed:
            st.caption(live.CHANGED)
        live.watch(run, lambda: look(run, own, code))
        if run.reason:
            tell("warning", run.reason)


def look(run: BothLossesRun, own: Errors, code: str) -> None:
    """One look at a run: its line and its picture."""
    snapshot, judge = run.latest, judge_of(run)
    st.markdown(live.line(run, snapshot, loss=False))
    picture(judge, preview(judge) if snapshot is None else snapshot.evaluation, own, code)


def picture(judge: StepsJudge, seen: StepsLook, own: Errors, code: str) -> None:
    """The scene, and the numbers of five calls under it."""
    scene = compose(setting_of(judge), seen, own, judge.settings.learning.steps)
    player.show(scene, "learned.player", code=code)
    st.markdown(table(setting_of(judge), seen, own))
    if seen.lanes[1].moved is not None:
        moved = seen.lanes[1].moved[setting_of(judge).shown]
        st.caption(f"With L_soft, starts have moved by {moved:.0%} of the radius $r\\,\\sigma_T$ on average.")


def table(setting: StepsSetting, seen: StepsLook, own: Errors) -> str:
    """Every way to place five steps, the best first."""
    ways = {**setting.fixed, "yours": own, **{n: lane.errors for n, lane in zip(LOSSES, seen.lanes, strict=True)}}
    at = setting.shown
    ranked = sorted(ways.items(), key=lambda way: float(way[1].rmse[at]))
    rows = [f"| {name} | {e.rmse[at]:.3f} | {e.median[at]:.3f} | {e.distance[at]:.3f} |" for name, e in ranked]
    head = f"| steps in {SHOWN_CALLS} calls | error, RMS | error, median | sliced W₂ to data |\n|:--|--:|--:|--:|"
    return "\n".join([head, *rows, f"| the flow itself | 0 | 0 | {setting.floor:.3f} |"])


def judge_of(run: BothLossesRun) -> StepsJudge:
    """How a run of this view is looked at."""
    assert isinstance(run.observe, StepsObserver)
    return run.observe.judge


@cached("Following the flow", usual=0.1)
def judged(judge: StepsJudge) -> StepsJudge:
    """The same object at every run of the page, so that what it has computed is not computed again."""
    return judge


@cached("Sampling on the standard grids", usual=0.5)
def setting_of(judge: StepsJudge) -> StepsSetting:
    """What stands still."""
    return judge.setting


@cached("Sampling on the first grid", usual=0.2)
def preview(judge: StepsJudge) -> StepsLook:
    """Before the first step."""
    return preview_steps(judge)


@cached("Sampling on your grid", usual=0.2)
def own_measured(judge: StepsJudge, shares: tuple[float, ...]) -> Errors:
    """What the visitor's own grid reaches."""
    return own_errors(judge, shares)


VIEW = View(SLUG, "Learned steps", "few-steps-learned", draw, presented=("learned.data", "learned.sampler"))
