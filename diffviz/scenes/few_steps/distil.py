"""Progressive distillation: paths of teacher, student and DDIM on one clock, and what is measured over the steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.frames import shown_frames
from diffviz.player import Curve, Pane, Points, Scene, Trails
from diffviz.scenes.limits import round_limits

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.distil import DistilLook, DistilSetting, Measures, Paths
    from diffviz.protocols import Array

MARKS = (3, 17)
FRAMES = 33  # of a path at most
_WIDE = 1.45
_FOOT = 1e-3  # of the logarithmic axes: nothing below it is seen in the samples
TEACHER, STUDENT, DDIM = "exact", "model", "noise"  # colours


def compose(setting: DistilSetting, look: DistilLook | None, calls: int) -> Scene:
    """The student at a look; None before training, when it is its teacher in `calls` steps."""
    steps = look.paths.measures.calls if look else calls
    paths = look.paths if look else setting.ddim[steps]
    untrained = "" if look else "untrained"
    rounds = look.rounds if look else ()
    return Scene(
        [
            _cloud(setting, f"Teacher, {_steps(setting.teacher.measures.calls)}", setting.teacher, TEACHER),
            _cloud(setting, f"Student, {_steps(steps)}", paths, STUDENT, untrained),
            _cloud(setting, f"Teacher, {_steps(steps)}", setting.ddim[steps], DDIM, "the notes' printed target"),
            _distances(setting, rounds),
            _errors(setting, rounds),
            _bends(setting, rounds),
        ],
        columns=3,
        clock_values=setting.times,
        seconds=5.0,
        marks=MARKS,
        description=f"Progressive distillation on {setting.title}: teacher, student and DDIM from the same noise",
    )


def _steps(count: int) -> str:
    return f"{count} {'step' if count == 1 else 'steps'}"


def _cloud(setting: DistilSetting, title: str, paths: Paths, color: str, note: str = "") -> Pane:
    reach, x = setting.reach, paths.x[shown_frames(len(paths.x), FRAMES)]
    parts = [note, f"sliced W₂ {paths.measures.w2:.3f}"]
    return Pane(
        [
            Points(setting.data[None], "data", size=1.2, opacity=0.3, follow=False, part="data"),
            Trails(x, color=color, ids=range(0, x.shape[1], 12), opacity=0.3),
            Points(x, color, size=1.6, opacity=0.85),
        ],
        title=title,
        note=" · ".join(part for part in parts if part),
        extent=(-reach, reach, -reach, reach),
    )


def _distances(setting: DistilSetting, rounds: Sequence[Measures]) -> Pane:
    rules = {"teacher": setting.teacher.measures.w2}
    return _chart(setting, rounds, "Distance to fresh data", "sliced W₂ over steps", lambda one: one.w2, rules)


def _errors(setting: DistilSetting, rounds: Sequence[Measures]) -> Pane:
    note = "RMS distance of ends, from the same noise"
    return _chart(setting, rounds, "Apart from the teacher", note, lambda one: one.rmse.mean)


def _bends(setting: DistilSetting, rounds: Sequence[Measures]) -> Pane:
    rules = {"teacher": setting.teacher.measures.bend}
    note = "RMS distance of x̂₀ on the way from the end"
    return _chart(setting, rounds, "Bend of the paths", note, lambda one: one.bend, rules, log=False)


def _chart(
    setting: DistilSetting,
    rounds: Sequence[Measures],
    title: str,
    note: str,
    value: Callable[[Measures], float],
    rules: Mapping[str, float] | None = None,
    log: bool = True,
) -> Pane:
    """A quantity over steps: DDIM with the teacher, and the rounds of the student so far."""

    def line(measured: Sequence[Measures]) -> tuple[Array, Array]:
        rising = sorted(measured)
        return np.array([one.calls for one in rising]), np.array([max(value(one), _FOOT) for one in rising])

    lines = {"DDIM": line([paths.measures for paths in setting.ddim.values()])}
    if rounds:
        lines["student"] = line(rounds)
    seen = [y for _, y in lines.values()]
    curve = Curve(
        lines["DDIM"][0],
        lines,
        log_x=True,
        log_y=log,
        x_label="steps",
        x_limits=(0.9, setting.teacher.measures.calls),
        y_limits=round_limits(*seen, *(rules or {}).values()) if log else None,
        colors={"DDIM": DDIM, "student": STUDENT},
        rules=rules or {},
        dots=True,
    )
    return Pane([curve], title=title, note=note, aspect=_WIDE, smooth=False)
