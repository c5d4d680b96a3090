"""A consistency map: arrows from the points of a path to where it says that the path ends, and its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Curve, Lines, Pane, Points, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.scenes.limits import round_limits, step_limits

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.consistency import ConsistencyLook, ConsistencySetting
    from diffviz.protocols import Array

_WIDE = 1.45
_LEAST = 1e-3  # of the spread's axis
_NAMES = {1: "1 call", 2: "2 calls", 4: "4 calls"}


def live(setting: ConsistencySetting, look: ConsistencyLook, planned: int) -> Scene:
    """The map as it is at a look; the picture stands still until the next."""
    note = f"paths cut into {look.pieces} pieces" if look.steps[-1] else "before the first step"
    return _scene(setting, look, _map_pane(setting, look, note, moving=False), planned)


def along_the_flow(setting: ConsistencySetting, look: ConsistencyLook, planned: int) -> Scene:
    """The map before or after training: on the player's clock its arrow goes along each path, from noise to data."""
    when = "trained" if look.steps[-1] else "before the first step"
    return _scene(setting, look, _map_pane(setting, look, when, moving=True), planned, clock=setting.flow.t)


def _scene(
    setting: ConsistencySetting, look: ConsistencyLook, map_pane: Pane, planned: int, clock: Array | None = None
) -> Scene:
    one, two = (
        _cloud(setting, look.samples[calls], f"Map, {_NAMES[calls]}", _distance_note(look.distances[-1, k], setting))
        for k, calls in enumerate((1, 2))
    )
    teacher = _cloud(
        setting, setting.teacher, "Teacher, 64 calls", _distance_note(setting.teacher_distance, setting), "exact"
    )
    return Scene(
        [map_pane, one, two, _spread(look, planned), _distances(setting, look, planned), teacher],
        columns=3,
        clock_values=clock,
        clock_label="" if clock is None else "t",
        seconds=7.0,
        description=f"A consistency map of {setting.title}: where it says that paths of the flow end, and its samples",
    )


def _map_pane(setting: ConsistencySetting, look: ConsistencyLook, note: str, moving: bool) -> Pane:
    flow, answers = setting.flow, look.answers
    places = flow.paths[flow.places].reshape(-1, 2)
    fan = answers[flow.places].reshape(-1, 2)
    layers: list[Layer] = [
        Points(setting.data[None], "data", size=1.2, opacity=0.3, follow=False, part="data"),
        Lines(_broken(flow.paths), "noise", width=1.4, opacity=0.9),
        Arrows(places, (fan - places)[None], "model", opacity=0.3 if moving else 0.55),
    ]
    if moving:
        layers += [
            Trails(answers, color="model", width=1.6, opacity=0.8),
            Arrows(flow.paths, answers - flow.paths, "model", opacity=1.0),
            Points(flow.paths, "noise", size=3.2, opacity=1.0, follow=False),
            Points(answers, "model", size=3.2, opacity=1.0, follow=False),
        ]
    else:
        layers.append(Points(fan[None], "model", size=2.8, opacity=0.9, follow=False))
    layers.append(Points(flow.paths[-1:], "exact", size=3.2, opacity=1.0, follow=False))
    return Pane(layers, title="Where the map leads", note=note, extent=_extent(setting))


def _broken(paths: Array) -> Array:
    """Paths (F, P, 2) end to end with nowhere between them, (1, P (F + 1), 2)."""
    gap = np.full((1, *paths.shape[1:]), np.nan)
    return np.concatenate([paths, gap]).swapaxes(0, 1).reshape(1, -1, 2)


def _cloud(setting: ConsistencySetting, samples: Array, title: str, note: str, color: str = "model") -> Pane:
    layers = [
        Points(setting.data[None], "data", size=1.4, opacity=0.35, follow=False, part="data"),
        Points(samples[None], color, size=1.5, opacity=0.8),
    ]
    return Pane(layers, title=title, note=note, extent=_extent(setting))


def _distance_note(distance: float, setting: ConsistencySetting) -> str:
    return f"sliced W₂ {distance:.3f} (floor {setting.floor.mean:.3f})"


def _spread(look: ConsistencyLook, planned: int) -> Pane:
    spreads = np.maximum(look.spreads, _LEAST)
    curve = Curve(
        np.maximum(look.steps, 1),
        {"apart": spreads},
        log_x=True,
        log_y=True,
        x_label="step",
        x_limits=step_limits(planned),
        y_limits=round_limits(spreads, 0.05, 1.0),
        colors={"apart": "model"},
    )
    return Pane([curve], title="Answers along a path", note="how far apart, rms", aspect=_WIDE, smooth=False)


def _distances(setting: ConsistencySetting, look: ConsistencyLook, planned: int) -> Pane:
    floor = setting.floor
    lines = {name: look.distances[:, k] for k, name in enumerate(_NAMES.values())}
    curve = Curve(
        np.maximum(look.steps, 1),
        lines,
        log_x=True,
        log_y=True,
        x_label="step",
        x_limits=step_limits(planned),
        y_limits=round_limits(look.distances, floor.foot, 2 * floor.mean),
        rules={"floor": floor.mean, "teacher": setting.teacher_distance},
    )
    return Pane([curve], title="Distance to fresh data", note="sliced W₂", aspect=_WIDE, smooth=False)


def _extent(setting: ConsistencySetting) -> tuple[float, float, float, float]:
    return (-setting.reach, setting.reach, -setting.reach, setting.reach)
