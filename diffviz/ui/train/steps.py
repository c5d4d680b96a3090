"""Step by step: one gradient step a press, with the batch it learned from."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diffviz.experiments.gradient_steps import (
    LOOKED_AT,
    MOST,
    GradientStepsConfig,
    GradientStepsResult,
    Walk,
    follow_gradient_steps,
)
from diffviz.recipes import train as recipes
from diffviz.scenes.gradient_steps import compose
from diffviz.source_code import script
from diffviz.ui import own_points, player
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.shell import Page, View

SLUG = "steps"
PRESSES = {"One step": 1, "Ten steps": 10, "Back to 0": -MOST}


def draw(page: Page) -> None:
    """Choose, and press."""
    form = page.form
    bar = page.figure.container(horizontal=True, vertical_alignment="center", key="over-cover-run-steps")
    with page.controls:
        step = form.field(GradientStepsConfig, "step")
        dataset = own_points.choose(form, page.name, "swiss-roll").dataset or own_points.STAND_IN()
        target, rate, seed = (form.field(GradientStepsConfig, name) for name in ("target", "rate", "seed"))
    buttons(form, bar, step)
    with page.figure:
        config = GradientStepsConfig(dataset, target, rate, seed, step)
        result = _follow(config)
        st.markdown(line(result))
        scene = compose(result, LOOKED_AT, MOST)
        player.show(scene, "steps.player", code=script(recipes.gradient_steps, config))


def buttons(form: Form, bar: DeltaGenerator, step: int) -> None:
    """What moves the step, which is a choice of the link like any other."""
    for place, (label, by) in enumerate(PRESSES.items()):
        to = min(max(step + by, 0), MOST)
        bar.button(
            label,
            key=f"{SLUG}:{by}",
            type="primary" if place == 0 else "secondary",
            on_click=form.set,
            kwargs={"step": to},
            disabled=to == step,
        )


def line(result: GradientStepsResult) -> str:
    """A step in numbers, as a sentence."""
    step, made = result.shown, result.config.step
    before, after, least = (step.loss(answer) for answer in (step.before, step.after, step.mean))
    exact = f"the exact answer would cost {least:.3f}"
    if not made:
        return f"**Untrained** · on its first batch the loss is {before:.3f}; {exact}; press One step"
    return f"**Step {made}** · the loss of this batch went from {before:.3f} to {after:.3f}; {exact}"


@cached("Making gradient steps", usual=0.5)
def _follow(config: GradientStepsConfig) -> GradientStepsResult:
    return follow_gradient_steps(config, _walk(replace(config, step=0)))


@cached("Drawing the training points", usual=0.1)
def _walk(start: GradientStepsConfig) -> Walk:
    return Walk(start)


VIEW = View(SLUG, "Step by step", "train-steps", draw, presented=("steps.step", "steps.target"))
