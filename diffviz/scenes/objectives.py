"""Networks that learn by different objectives: samples of each, then losses, error and distance in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Curve, Pane, Points, Scene
from diffviz.scenes.learning import LEAST, error_note
from diffviz.scenes.limits import round_limits, step_limits

if TYPE_CHECKING:
    from diffviz.experiments.evaluator import Setting
    from diffviz.experiments.objectives import SideBySideLook, UntrainedSideBySide
    from diffviz.protocols import Array

_WIDE = 1.45
_FOOT = 1e-4  # of the error's axis: errors below it do not show in the samples


def preview(result: UntrainedSideBySide, titles: Sequence[str]) -> Scene:
    """Before training: the same noise runs through every untrained network."""
    clouds = [
        _cloud(result.setting, title, result.samples[:, k], "samples of the untrained network")
        for k, title in enumerate(titles)
    ]
    errors = _errors(result.setting, titles, result.error, at=result.lam)
    return _scene(result.setting, [*clouds, errors], clock=result.t)


def live(setting: Setting, titles: Sequence[str], look: SideBySideLook, planned: int) -> Scene:
    """All networks as they are at a look; the picture stands still until the next."""
    clouds = [_cloud(setting, title, look.samples[k][None], _strays(look, k)) for k, title in enumerate(titles)]
    errors, distances = _errors(setting, titles, look.error), _distance(setting, titles, look, planned)
    losses = [_loss(titles, look, k, planned) for k in range(len(titles))]
    return _scene(setting, [*clouds, errors, *losses, distances])


def _scene(setting: Setting, panes: Sequence[Pane], clock: Array | None = None) -> Scene:
    """A column a network, with its samples over its loss, and one for what they have in common."""
    return Scene(
        panes,
        columns=len(panes) if clock is not None else len(panes) // 2,
        clock_values=clock,
        clock_label="" if clock is None else "t",
        seconds=7.0,
        description=f"Score networks learning {setting.title} by different objectives: samples, loss and error",
    )


def _cloud(setting: Setting, title: str, samples: Array, note: str) -> Pane:
    reach = setting.reach
    data = Points(setting.data[None], "data", size=1.4, opacity=0.35, follow=False, part="data")
    return Pane(
        [data, Points(samples, "model", size=1.7, opacity=0.85)],
        title=title,
        note=note,
        extent=(-reach, reach, -reach, reach),
    )


def _strays(look: SideBySideLook, k: int) -> str:
    """How many samples the frame leaves out, and how far they go: a few far away make up most of the distance."""
    total, outside = look.samples.shape[1], look.outside[k]
    if not outside:
        return f"all {total:,} samples in the frame"
    return f"{outside} of {total:,} outside, ‖x‖ ≤ {math.ceil(look.farthest[k])}"


def _loss(titles: Sequence[str], look: SideBySideLook, k: int, planned: int) -> Pane:
    """One objective's loss on an axis of its own: losses of different objectives are in different units."""
    curve = Curve(
        np.maximum(look.steps, 1),
        {"loss": look.losses[:, k]},
        log_x=True,
        x_label="step",
        x_limits=step_limits(planned),
        colors={"loss": "model"},
    )
    return Pane(
        [curve], title=f"Loss: {titles[k]}", note="running mean, in units of its own", aspect=_WIDE, smooth=False
    )


def _errors(
    setting: Setting,
    titles: Sequence[str],
    error: Array,
    at: Array | None = None,
) -> Pane:
    lines = {title: np.maximum(row, LEAST) for title, row in zip(titles, error, strict=True)}
    # Few decades, so that a factor of a hundred is seen: to the power of ten above what is worst now.
    limits = (_FOOT, 10.0 ** math.ceil(math.log10(max(float(error.max()), 10 * _FOOT))))
    curve = Curve(setting.lam, lines, at=at, log_y=True, x_label="λ", y_label="error", y_limits=limits)
    return Pane([curve], title="Score error per λ", note=error_note(setting), aspect=_WIDE)


def _distance(setting: Setting, titles: Sequence[str], look: SideBySideLook, planned: int) -> Pane:
    lines = {title: look.distances[:, k] for k, title in enumerate(titles)}
    floor = setting.floor
    curve = Curve(
        np.maximum(look.steps, 1),
        lines,
        log_x=True,
        log_y=True,
        x_label="step",
        y_label="sliced W₂",
        x_limits=step_limits(planned),
        y_limits=round_limits(look.distances, np.array([floor.foot]), 2 * floor.mean),
        rules={"floor": floor.mean},
    )
    return Pane(
        [curve],
        title="Distance to fresh data",
        note="the floor is that of fresh data among themselves",
        aspect=_WIDE,
        smooth=False,
    )
