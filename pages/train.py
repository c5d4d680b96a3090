"""Train live: watch a score network learn."""

from typing import Any

import streamlit as st

from diffviz.config import Choice, Range
from diffviz.ui import player, shell

PAGE = "train"


@st.cache_resource(max_entries=12, show_spinner=False)
def stage_for(key: str, _dataset: Any, _schedule: Any, seed: int) -> Any:
    """What stands still while a network learns, once for everyone who asks for the same."""
    from diffviz.scenes.stage import Stage

    return Stage(_dataset, _schedule, seed)


@st.cache_data(max_entries=12, show_spinner=False)
def preview_for(key: str, _stage: Any, _settings: Any, seed: int) -> Any:
    """The picture before training."""
    from diffviz.scenes.training import preview

    return preview(_stage, _settings, seed)


@st.cache_data(max_entries=12, show_spinner="Replaying")
def replay_for(key: str, _run: Any, share: float) -> Any:
    """The picture of learning, moment after moment."""
    from diffviz.scenes.training import replay

    return replay(_run.observe.stage, _run.settings, _run.seed, _run.latest, share)


def choose_settings(form: Any) -> Any:
    """How the network is trained."""
    from diffviz.networks import MLP
    from diffviz.objectives import TARGETS, TIME_SAMPLERS, WEIGHTINGS, Denoising
    from diffviz.schedules import SCHEDULES
    from diffviz.training.loop import TrainingConfig

    targets = Choice({slug: kind.title for slug, kind in TARGETS.items()}, "Target", "What the network answers.")
    target = form.option("target", "v", targets)
    schedule = form.pick("Schedule", SCHEDULES, "schedule", "cosine")
    weighting = form.pick("Weighting", WEIGHTINGS, "weighting", "plain")
    times = form.pick("Times drawn", TIME_SAMPLERS, "times", "even")
    rate = form.number("rate", 1e-2, Range(1e-5, 0.1, label="Learning rate", log=True, help="The highest it gets."))
    steps = form.number("steps", 20_000, Range(100, 100_000, label="Steps", log=True), int)
    with st.expander("Network"):
        network = form.config(MLP, "net")
    objective = Denoising(target=target, weighting=weighting, times=times)
    return TrainingConfig(rate=rate, steps=steps, network=network, schedule=schedule, objective=objective)


def draw(run: Any, share: float, replayed: bool) -> None:
    """One look at a run: its line and its picture."""
    from diffviz.scenes import training as scenes
    from diffviz.ui import live

    snapshot, stage = run.latest, run.observe.stage
    told = live.line(run, snapshot)
    if snapshot is not None and not run.position:
        told += f" · sliced W₂ {snapshot.seen.distances[-1, 1]:.3f} (floor {stage.floor.mean:.3f})"
    st.markdown(told)
    if snapshot is None:
        scene = preview_for(f"{stage.dataset!r} {run.settings!r} {run.seed}", stage, run.settings, run.seed)
    elif replayed:
        scene = replay_for(f"{run.id} {snapshot.progress.step} {share}", run, share)
    else:
        scene = scenes.live(stage, snapshot, snapshot.seen.at(stage, run.model, share))
    player.show(scene, "train.player")


with shell.page(PAGE) as page:
    shell.engine()
    from diffviz.runs.run import TrainingRun
    from diffviz.scenes import training as scenes
    from diffviz.ui import live, own_points

    bar = page.figure.container(horizontal=True, vertical_alignment="center")
    with page.controls:
        chosen = own_points.choose(page.form, PAGE, "swiss-roll")
        share = page.form.number("at", 0.3, Range(0, 1, step=0.01, label="Field at t", help="0 is data, 1 is noise."))
        settings = choose_settings(page.form)
        seed = page.form.number("seed", 0, Range(0, 99, label="Seed"), int)
        with st.popover("Link to share", width="stretch"):
            st.caption("It holds every choice, but not the run, nor points drawn or uploaded.")
            st.code(f"{(st.context.url or '').split('?')[0]}?{page.form.choices.link}", wrap_lines=True)
    dataset = chosen or own_points.STAND_IN()
    stage = stage_for(f"{dataset!r} {settings.schedule!r} {seed}", dataset, settings.schedule, seed)
    run: Any = live.held(PAGE)
    observer = scenes.Observer(stage, share)
    replayed = live.buttons(
        PAGE, bar, run, lambda: TrainingRun(settings, stage.data.points, seed, observer), ready=chosen is not None
    )
    with page.figure:
        if run is None:
            doing = "noise runs through a network that knows nothing yet; press Start to train it"
            st.markdown(f"**Untrained** · {doing if chosen else 'a swiss roll stands in until there are points'}")
            player.show(preview_for(f"{dataset!r} {settings!r} {seed}", stage, settings, seed), "train.player")
        else:
            page.form.choices.passed["run"] = run.id
            run.observe.share = share
            live.watch(run, lambda: draw(run, share, replayed), still=replayed)
            if run.reason:
                st.warning(run.reason)
            if (run.settings, run.seed, run.observe.stage.data.id) != (settings, seed, stage.data.id):
                st.caption("The choices have changed since this run began: Reset, then Start, trains with them.")
