"""One gradient step: the batch and its noise, the arrows it asked for and got, and the loss so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Curve, Lines, Pane, Points, Scene
from diffviz.scenes.limits import round_limits, step_limits

if TYPE_CHECKING:
    from diffviz.experiments.gradient_steps import GradientStep, GradientStepsResult
    from diffviz.protocols import Array

REACH, WIDE = 2.4, 1.45
SCALE = 0.5  # of the arrows of a whole batch, which would cover each other
CLOCK = np.array([0.0, 0.3, 0.65, 1.0])  # the answer before the step rests, moves, and rests after it
SHOWN = 1_500  # data points
SHADES = 4  # of the colour of x_t, by its time
LEAST = 1e-6  # error that is shown


def compose(result: GradientStepsResult, looked_at: int, most: int) -> Scene:
    """The picture of one step. looked_at: place in the batch of the point of the third pane. most: steps planned."""
    step, made = result.shown, result.config.step
    backdrop = Points(result.points[None, :SHOWN], "data", size=1.2, opacity=0.22, follow=False, part="data")
    steps = np.arange(1.0, len(result.losses) + 1)
    panes = [
        _batch(step, backdrop, max(made, 1)),
        _arrows(step, made, looked_at),
        _one(step, made, looked_at, backdrop),
        Pane(
            [_curve(steps, {"exact": result.least, "network": result.losses}, most, "loss")],
            title="Loss of each batch",
            note="before its step, mean over coordinates",
            aspect=WIDE,
        ),
        Pane(
            [_curve(steps, {"network": result.from_mean}, most, "‖ŷ − E[y | xₜ]‖²")],
            title="The same, without the noise",
            note="distance of answers from the mean",
            aspect=WIDE,
        ),
        _errors(step, made),
    ]
    return Scene(
        panes,
        columns=3,
        clock_values=np.array([made - 1, made - 1, made, made]) if made else None,
        clock_label="step",
        clock_holds=True,
        seconds=3.5,
        description=f"Step {made} of a training: a batch of {len(step.t)} points, its noise, its targets and its loss",
    )


def _batch(step: GradientStep, backdrop: Points, number: int) -> Pane:
    """Each data point, its noised one, a line between; blue fades to grey as t rises, which orders the batch."""
    shades = np.array_split(np.arange(len(step.t)), SHADES)
    noised = [
        Points(step.x[None, shade], role, size=3.2, opacity=opacity, follow=False)
        for k, shade in enumerate(shades)
        for role, opacity in (("data", 1.0), ("noise", (k + 0.2) / (SHADES - 0.8)))
    ]
    return Pane(
        [
            backdrop,
            Lines(_pairs(step.x0, step.x), "muted", width=1.0, opacity=0.65),
            Points(step.x0[None], "data", size=1.9, opacity=1, follow=False),
            *noised,
        ],
        title="A batch and its noise",
        note=f"batch {number} · x₀ → xₜ, grey where t is near 1",
        extent=(-REACH, REACH, -REACH, REACH),
    )


def _arrows(step: GradientStep, made: int, looked_at: int) -> Pane:
    asked, answers = step.x + SCALE * step.asked, _frames(step, made)
    return Pane(
        [
            Lines(np.concatenate([_pairs(asked, step.x + SCALE * a) for a in answers]), "warning", 1.0, 0.5),
            Points(step.x[None, [looked_at]], "mark-1", size=5, opacity=0.9, follow=False),
            Arrows(step.x, step.asked[None], "data", SCALE, 0.8),
            Arrows(step.x, answers, "model", SCALE, 0.95),
        ],
        title="Asked and answered",
        note=f"blue: target, orange: network · {SCALE:g} of their length",
        extent=(-REACH, REACH, -REACH, REACH),
        clock=CLOCK if made else None,
        fixed=True,
    )


def _one(step: GradientStep, made: int, k: int, backdrop: Points) -> Pane:
    """The point looked at: targets that its x_t leaves open, the one drawn, their mean, and the answer."""
    place = step.x[[k]]
    return Pane(
        [
            backdrop,
            Arrows(place.repeat(len(step.possible), 0), step.possible[None], "muted", opacity=0.3),
            Arrows(place, step.asked[None, [k]], "data", opacity=1),
            Arrows(place, step.mean[None, [k]], "exact", opacity=1),
            Arrows(place, _frames(step, made)[:, [k]], "model", opacity=1),
            Points(place[None], "mark-1", size=4, opacity=1, follow=False),
        ],
        title="One point, all its targets",
        note=f"grey, at t = {step.t[k]:.2f} · green: their mean",
        extent=(-REACH, REACH, -REACH, REACH),
        clock=CLOCK if made else None,
        fixed=True,
    )


def _errors(step: GradientStep, made: int) -> Pane:
    """The squared error of each point of the batch over its time."""
    answers = {"exact": step.mean, "before": step.before} | ({"after": step.after} if made else {})
    lines = {name: np.maximum(((a - step.asked) ** 2).mean(1), LEAST) for name, a in answers.items()}
    colors = {"exact": "exact", "before": "noise", "after": "model"}
    curve = Curve(
        step.t, lines, log_y=True, x_label="t", y_label="error", x_limits=(0.0, 1.0), colors=colors, dots=True
    )
    numbers = f"mean {step.loss(step.before):.3f}" + (f" → {step.loss(step.after):.3f}" if made else "")
    return Pane([curve], title="Error of each point", note=f"{numbers} · exact {step.loss(step.mean):.3f}", aspect=WIDE)


def _curve(steps: Array, lines: dict[str, Array], most: int, label: str) -> Curve:
    return Curve(
        steps,
        lines,
        log_x=True,
        log_y=True,
        x_label="step",
        y_label=label,
        x_limits=step_limits(most),
        y_limits=round_limits(*lines.values()),
        colors={"network": "model", "exact": "exact"},
        dots=len(steps) == 1,
    )


def _frames(step: GradientStep, made: int) -> Array:
    """The answer on `CLOCK`, (4, B, 2), or (1, B, 2) before the first step."""
    return np.stack([step.before, step.before, step.after, step.after] if made else [step.before])


def _pairs(a: Array, b: Array) -> Array:
    """A line from each of a (N, 2) to its partner in b, broken between them: (1, 3N, 2)."""
    return np.stack([a, b, np.full_like(a, np.nan)], 1).reshape(1, -1, 2)
