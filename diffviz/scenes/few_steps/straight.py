"""Straight paths: a curved flow, the first rectified flow and a reflowed one on one clock, and ends in few steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.frames import shown_frames
from diffviz.player import Curve, Pane, Points, Scene, Trails
from diffviz.scenes.limits import round_limits

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.straight import FlowLook, StraightSetting
    from diffviz.protocols import Array

MARKS = (3, 17)
FRAMES = 33
CURVED, FIRST, STUDENT = "exact", "noise", "model"  # colours
_WIDE = 1.45


def compose(setting: StraightSetting, look: FlowLook | None, calls: int) -> Scene:
    """The student at a look, None before training, when it is the first flow; below, the ends after `calls` steps."""
    student, steps = look or setting.first, f"{calls} Euler {'step' if calls == 1 else 'steps'}"
    return Scene(
        [
            _paths(setting, "Curved flow", setting.curved, CURVED),
            _paths(setting, "First rectified flow", setting.first, FIRST),
            _paths(setting, "After reflow" if look else "Before reflow", student, STUDENT),
            _ends(setting, f"First flow, {steps}", setting.first, FIRST, calls),
            _ends(setting, f"{'Reflowed' if look else 'Untrained'}, {steps}", student, STUDENT, calls),
            _distances(setting, look),
        ],
        columns=3,
        clock_values=(1.0, 0.0),
        seconds=5.0,
        marks=MARKS,
        description=f"Paths from noise to {setting.title}: curved, straight on average, and straightened by reflow",
    )


def _paths(setting: StraightSetting, title: str, flow: FlowLook, color: str) -> Pane:
    x = flow.paths[shown_frames(len(flow.paths), FRAMES)]
    return Pane(
        [
            _data(setting),
            Trails(x, color=color, ids=range(0, x.shape[1], 6), opacity=0.4),
            Points(x, color, size=1.6, opacity=0.85),
        ],
        title=title,
        note=f"S {flow.straightness:.3f} · length / chord {flow.length:.2f}",
        extent=_extent(setting),
    )


def _ends(setting: StraightSetting, title: str, flow: FlowLook, color: str, calls: int) -> Pane:
    points = Points(flow.ends[calls - 1][None], color, size=1.6, opacity=0.85, follow=False)
    note = f"sliced W₂ {flow.distances[calls - 1]:.3f}"
    return Pane([_data(setting), points], title=title, note=note, extent=_extent(setting))


def _distances(setting: StraightSetting, look: FlowLook | None) -> Pane:
    flows = {"curved": setting.curved, "first": setting.first, **({"reflowed": look} if look else {})}
    lines: dict[str, tuple[Array, Array]] = {name: (flow.calls, flow.distances) for name, flow in flows.items()}
    curve = Curve(
        setting.first.calls,
        lines,
        log_x=True,
        log_y=True,
        x_label="calls",
        y_limits=round_limits(np.concatenate([y for _, y in lines.values()])),
        colors={"curved": CURVED, "first": FIRST, "reflowed": STUDENT},
        rules={"within 15 % of the curved flow in 64": setting.near},
        dots=True,
    )
    return Pane([curve], title="Distance to fresh data", note="sliced W₂", aspect=_WIDE, smooth=False)


def _data(setting: StraightSetting) -> Points:
    return Points(setting.data[None], "data", size=1.2, opacity=0.3, follow=False, part="data")


def _extent(setting: StraightSetting) -> tuple[float, float, float, float]:
    return (-setting.reach, setting.reach, -setting.reach, setting.reach)
