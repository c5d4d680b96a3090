"""Learned steps: where they stand on the axis of lambda, what they reach, and where five calls end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Axes, Curve, Lines, Pane, Points, Scene
from diffviz.scenes.limits import round_limits, step_limits

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.learned import Errors, LossLook, StepsLook, StepsSetting
    from diffviz.protocols import Array

LOSSES = ("L_hard", "L_soft")
COLORS = ("model", "exact")  # of the two losses, everywhere
_WIDE = 1.5
_LIFT = 0.17  # of a row of the first loss above its number of calls, and of the second below
_DECADE = 0.1  # how far the axis of errors reaches below the best grid that stands still: learning goes on from there


def compose(setting: StepsSetting, look: StepsLook, own: Errors, planned: int) -> Scene:
    """Both losses as they are at a look; the picture stands still until the next."""
    return Scene(
        [
            _grids(setting, look),
            _errors(setting, look, own),
            _learning(setting, look, own, planned),
            _ends(setting, look),
        ],
        columns=2,
        description=f"Time steps of a sampler on {setting.title} being learned, with their error against fixed grids",
    )


def _grids(setting: StepsSetting, look: StepsLook) -> Pane:
    """A row of dots for each number of calls and loss; a stroke leads from a step to what the network is told."""
    low, high = setting.lam
    budgets = np.array(setting.budgets, dtype=float)
    bottom, top = budgets[0] - 0.6, budgets[-1] + 0.6
    way = high - low
    layers = [
        Axes((low, high, bottom, top), "λ: from noise to data", "calls"),
        Points(_rows(setting.first, budgets), "muted", size=1.6, opacity=0.6, follow=False),
    ]
    for lane, color, lift in zip(look.lanes, COLORS, (_LIFT, -_LIFT), strict=True):
        layers.append(Lines(_strokes(lane, budgets + lift), color, width=1.2, opacity=0.7))
        layers.append(Points(_rows(lane.lam, budgets + lift), color, size=3.2, opacity=0.95, follow=False))
    return Pane(
        layers,
        title="Where the steps are",
        note="above L_hard, below L_soft; stroke: to what the network is told",
        extent=(low - 0.1 * way, high + 0.03 * way, bottom - 0.14 * (top - bottom), top),
        aspect=_WIDE,
        stretched=True,
        fixed=True,
    )


def _rows(levels: tuple[Array, ...], heights: Array) -> Array:
    """Points (1, n, 2) at the levels of every number of calls, each at its height."""
    rows = [np.stack([lam, np.full(len(lam), y)], -1) for lam, y in zip(levels, heights, strict=True)]
    return np.concatenate(rows)[None]


def _strokes(lane: LossLook, heights: Array) -> Array:
    """A stroke for every call, (1, 3 n, 2), each followed by a break."""
    starts = _rows(tuple(lam[:-1] for lam in lane.lam), heights)[0]
    ends = starts.copy()
    ends[:, 0] = np.concatenate(lane.told)
    return np.stack([starts, ends, np.full_like(starts, np.nan)], 1).reshape(1, -1, 2)


def _errors(setting: StepsSetting, look: StepsLook, own: Errors) -> Pane:
    """Against the number of calls; what is learned in the colours of the two losses."""
    fixed = {name: errors.rmse for name, errors in setting.fixed.items()}
    learned = {name: lane.errors.rmse for name, lane in zip(LOSSES, look.lanes, strict=True)}
    lines = {**learned, **fixed, "yours": own.rmse}
    curve = Curve(
        np.array(setting.budgets, dtype=float),
        lines,
        log_y=True,
        x_label="calls",
        y_limits=_limits(setting, own, look),
        colors={**dict(zip(LOSSES, COLORS, strict=True)), **_fixed_colors(setting), "yours": "mark-1"},
        dots=True,
    )
    return Pane(
        [curve], title="Error against calls", note="distance from the flow's ends, root mean square", aspect=_WIDE
    )


def _fixed_colors(setting: StepsSetting) -> dict[str, str]:
    names = ("group-1", "group-4", "group-5", "group-8")
    return dict(zip(setting.fixed, names, strict=True))


def _learning(setting: StepsSetting, look: StepsLook, own: Errors, planned: int) -> Pane:
    """The error in five calls over training, with the best standard grid and the visitor's own as heights."""
    shown = setting.shown
    best = min(setting.fixed, key=lambda name: float(setting.fixed[name].rmse[shown]))
    rules = {f"best fixed: {best}": float(setting.fixed[best].rmse[shown]), "yours": float(own.rmse[shown])}
    steps, curves = look.steps, look.curves
    if not len(steps):
        steps, curves = np.ones(1), np.array([[lane.errors.rmse[shown] for lane in look.lanes]])
    curve = Curve(
        np.maximum(steps, 1),
        {name: curves[:, k] for k, name in enumerate(LOSSES)},
        log_x=True,
        log_y=True,
        x_label="step of training",
        x_limits=step_limits(planned),
        y_limits=_limits(setting, own, look),
        colors=dict(zip(LOSSES, COLORS, strict=True)),
        rules=rules,
    )
    calls = setting.budgets[shown]
    return Pane([curve], title=f"Error in {calls} calls", note="as it is learned", aspect=_WIDE, smooth=False)


def _limits(setting: StepsSetting, own: Errors, look: StepsLook) -> tuple[float, float] | None:
    """The same for both charts of errors; they stand still while learning goes on."""
    fixed = [errors.rmse for errors in setting.fixed.values()]
    least = _DECADE * min(float(values.min()) for values in fixed)
    return round_limits(*fixed, own.rmse, *(lane.errors.rmse for lane in look.lanes), least)


def _ends(setting: StepsSetting, look: StepsLook) -> Pane:
    """Where the shown calls on the steps of L_hard end, over where the flow ends."""
    reach = setting.reach
    hard = look.lanes[0].ends
    strokes = np.stack([hard, setting.flow, np.full_like(hard, np.nan)], 1).reshape(1, -1, 2)
    return Pane(
        [
            Lines(strokes, "muted", width=0.6, opacity=0.6),
            Points(setting.flow[None], "data", size=1.4, opacity=0.5, follow=False, part="data"),
            Points(hard[None], "model", size=1.6, opacity=0.85),
        ],
        title=f"Where {setting.budgets[setting.shown]} calls end, L_hard",
        note="a stroke leads to where the flow ends from the same start",
        extent=(-_WIDE * reach, _WIDE * reach, -reach, reach),
        aspect=_WIDE,
    )
