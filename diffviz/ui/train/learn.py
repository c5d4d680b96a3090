"""Live training in the plane: choose, start, watch a score network learn."""

from __future__ import annotations

import time

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.experiments.evaluator import Evaluator, learning_problem
from diffviz.experiments.learning import Evaluation, Observer, follow_sampling, preview_learning, replay_learning
from diffviz.experiments.problem import Problem
from diffviz.networks import MLP
from diffviz.objectives import TARGETS, TIME_SAMPLERS, WEIGHTINGS, Denoising
from diffviz.player import Scene
from diffviz.recipes import train as recipes
from diffviz.runs.registry import RUNS
from diffviz.runs.run import TrainingRun
from diffviz.scenes import learning as scenes
from diffviz.schedules import SCHEDULES
from diffviz.source_code import script
from diffviz.training.loop import TrainingConfig
from diffviz.ui import live, own_points, player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.notice import tell
from diffviz.ui.shell import Page, View
from diffviz.ui.train import go_on

PAGE = "train"
FIELD_AT = Range(0, 1, step=0.01, label="Field at t", help="0 is data, 1 is noise. Before Start t runs by itself.")
_DISSOLVING = "train:dissolving"  # until when, by the monotonic clock; 0 before it is first seen
SEED = Range(0, 99, label="Seed", help="Draws the training points, the first weights and the batches.")


def draw(page: Page) -> None:
    """Choose, start, watch."""
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run")
    run = live.held(page.form.choices, TrainingRun)
    with page.controls:
        chosen, invited = own_points.choose(page.form, PAGE, "swiss-roll", page.figure if run is None else None)
        share = page.form.number("at", 0.3, FIELD_AT, disabled=run is None)
        config = choose_config(page.form)
        seed = page.form.number("seed", 0, SEED, int)
        go_on.open_file(page)
    evaluator = evaluator_of(learning_problem(chosen or own_points.STAND_IN(), config.schedule, seed))
    problem = evaluator.problem
    chosen_now = (config, seed, problem.data.id)
    changed = run is not None and (run.settings, run.seed, observer_of(run).evaluator.problem.data.id) != chosen_now

    def make() -> TrainingRun:
        return TrainingRun(config, problem.data.points, seed, Observer(evaluator, share))

    if invited and chosen is not None:  # it has just been drawn on
        live.start(PAGE, make)
        st.session_state[_DISSOLVING] = 0.0
        st.rerun()
    code = None if changed else script(recipes.learn, problem.dataset, config, seed, share)
    replayed = live.buttons(PAGE, bar, run, make, ready=chosen is not None, changed=changed)
    sampled = run is not None and go_on.offer(page, bar, run, observer_of(run).evaluator.problem, replayed)
    with page.figure:
        if invited:
            return
        if run is None:
            doing = "noise runs through a network that knows nothing yet; press Start to train it"
            st.markdown(f"**Untrained** · {doing if chosen else 'a swiss roll stands in until there are points'}")
            player.show(preview(problem, config, seed), "train.player", code=code)
            return
        page.form.choices.passed["run"] = run.id
        observer_of(run).share = share
        if changed:
            st.caption(live.CHANGED)
        live.watch(run, lambda: look(run, share, replayed, sampled, code), still=replayed or sampled)
        if run.reason:
            tell("warning", run.reason)


def choose_config(form: Form) -> TrainingConfig:
    """How the network is trained."""
    target = form.option("target", "v", Choice.among(TARGETS, "Target", "What the network answers."))
    schedule = form.pick("Schedule", SCHEDULES, "schedule", "cosine")
    weighting = form.pick("Weighting", WEIGHTINGS, "weighting", "plain")
    times = form.pick("Times drawn", TIME_SAMPLERS, "times", "even")
    rate = form.field(TrainingConfig, "rate")
    steps = form.field(TrainingConfig, "steps")
    with st.expander("Network"):
        network = form.config(MLP, "net")
    objective = Denoising(target=target, weighting=weighting, times=times)
    return TrainingConfig(rate=rate, steps=steps, network=network, schedule=schedule, objective=objective)


def look(run: TrainingRun, share: float, replayed: bool, sampled: bool, code: str | None) -> None:
    """One look at a run: its line and its picture."""
    snapshot, evaluator = run.latest, observer_of(run).evaluator
    if _DISSOLVING in st.session_state and _dissolve(run, evaluator.problem):
        return
    line = live.line(run, snapshot)
    if snapshot is None:
        st.markdown(line)
        player.show(preview(evaluator.problem, run.settings, run.seed), "train.player", code=code)
        return
    evaluation: Evaluation = snapshot.evaluation
    if not run.position and not replayed:  # a replay's chart has the distance of each moment
        low, high = evaluator.setting.floor.band
        line += f" · sliced W₂ {evaluation.distances[-1, 1]:.3f} (floor {low:.3f} to {high:.3f})"
    st.markdown(line)
    if replayed:
        player.show(replay(run.id, snapshot.progress.step, share), "train.player", code=code)
        return
    if sampled:
        player.show(sampling(run.id, snapshot.progress.step), "train.player")
        return

    def compose() -> Scene:
        at = evaluation.at(evaluator, run.model, share)
        return scenes.live(evaluator.setting, snapshot, at, evaluator.fields(at.learned[None], [at.t]))

    payload = live.picture(run, (snapshot.progress.step, share), compose)
    player.show(payload, "train.player", code=code)


def _dissolve(run: TrainingRun, problem: Problem) -> bool:
    """Show the drawing on its way into noise, once for all of its seconds; whether it still was."""
    scene = dissolving(problem, run.settings, run.seed)
    until = st.session_state[_DISSOLVING] or time.monotonic() + scenes.DISSOLVES
    st.session_state[_DISSOLVING] = until
    if time.monotonic() >= until:
        del st.session_state[_DISSOLVING]
        return False
    st.markdown("**Dissolving** · your points go into noise, from which the network learns to bring them back")
    player.show(scene, "train.player")
    return True


def observer_of(run: TrainingRun) -> Observer:
    """How a run of this page is looked at."""
    assert isinstance(run.observe, Observer)
    return run.observe


@cached("Drawing the data", usual=0.1)
def evaluator_of(problem: Problem) -> Evaluator:
    """What stands still while a network learns, once for everyone who asks for the same."""
    return Evaluator(problem)


@cached("Running noise through an untrained network", usual=0.5)
def preview(problem: Problem, config: TrainingConfig, seed: int) -> Scene:
    """The picture before training."""
    return scenes.preview(preview_learning(evaluator_of(problem), config, seed))


@cached("Letting your points dissolve", usual=0.5)
def dissolving(problem: Problem, config: TrainingConfig, seed: int) -> Scene:
    """The picture with which a run on a fresh drawing begins."""
    return scenes.dissolve(preview_learning(evaluator_of(problem), config, seed))


@cached("Replaying", usual=2)
def replay(run_id: str, step: int, share: float) -> Scene:
    """The picture of a run's learning up to a step, moment after moment."""
    run = RUNS.adopt(run_id)
    assert isinstance(run, TrainingRun) and run.latest is not None  # the page has just looked at it
    return scenes.replay(replay_learning(observer_of(run).evaluator, run.settings, run.seed, run.latest, share))


@cached("Running noise through the network", usual=0.5)
def sampling(run_id: str, step: int) -> Scene:
    """The picture of a run's network at work, as it stands at a step."""
    run = RUNS.adopt(run_id)
    assert isinstance(run, TrainingRun)
    sampled = follow_sampling(observer_of(run).evaluator, run.settings, run.model())
    return scenes.preview(sampled, f"samples after {step:,} steps of training")


VIEW = View("", "One network", "train", draw, presented=("data", "at"))
