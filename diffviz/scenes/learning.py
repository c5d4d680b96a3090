"""A score network that learns: its samples, its score field, its loss and its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Curve, Pane, Points, Scene
from diffviz.scenes.arrows import saturated
from diffviz.scenes.limits import round_limits, step_limits

if TYPE_CHECKING:
    from diffviz.experiments.evaluator import Fields, Setting
    from diffviz.experiments.learning import Evaluation, Replay, Sampled
    from diffviz.protocols import Array
    from diffviz.runs.snapshot import Snapshot

DISSOLVES = 2.0  # seconds
LEAST = 1e-8  # error that is shown
_WIDE = 1.45


def live(setting: Setting, snapshot: Snapshot, evaluation: Evaluation, fields: Fields) -> Scene:
    """The network as it is at a look; the picture stands still until the next, and its axes from look to look."""
    samples, progress = evaluation.samples, snapshot.progress
    return _scene(
        setting,
        _cloud(setting, samples[None], [f"{len(samples):,} samples at step {progress.step:,}"]),
        _fields(setting, fields),
        (
            _losses(snapshot.losses, progress.steps),
            _errors(
                setting, {"error": evaluation.error}, limits=round_limits(np.maximum(evaluation.error_range, LEAST))
            ),
            _distance(setting, evaluation.distances, progress.steps),
        ),
    )


def replay(result: Replay) -> Scene:
    """Learning on the player's clock: one frame a saved moment, the same noise in each."""
    setting, steps = result.setting, result.steps
    positive = np.maximum(steps, 1)  # a logarithmic axis has no step 0
    return _scene(
        setting,
        _cloud(setting, result.samples, [f"{result.samples.shape[1]:,} samples at step {s:,}" for s in steps]),
        _fields(setting, result.fields),
        (
            _losses(result.losses, result.planned, positive),
            _errors(setting, {"before": result.first_error, "after": result.last_error}),
            _distance(setting, result.distances, result.planned, positive),
        ),
        clock=("step", steps),
        holds=True,
        seconds=10,
    )


def preview(result: Sampled, note: str = "samples of the untrained network") -> Scene:
    """Noise runs through a network, beside the way that the exact score would lead; note: what runs."""
    setting, times = result.setting, np.array(result.fields.t)
    charts = (
        Pane(
            [Curve(result.curve_t, {"α": result.alpha, "σ": result.sigma}, at=times, x_label="t", y_label="amplitude")],
            title="Noise schedule",
            note="signal α and noise σ",
            aspect=_WIDE,
        ),
        _errors(setting, {"error": result.error}, at=result.lam),
        Pane(
            [Curve(result.curve_lam[::-1], {"weight": result.weight[::-1]}, at=result.lam, log_y=True, x_label="λ")],
            title="Loss weight per λ",
            note="on the squared error of the output",
            aspect=_WIDE,
        ),
    )
    return _scene(
        setting,
        _cloud(setting, result.samples, [note] * len(times)),
        _fields(setting, result.fields),
        charts,
        clock=("t", times),
        seconds=7,
    )


def dissolve(result: Sampled) -> Scene:
    """The preview's clock backwards, once: the data on their way into the noise from which a network is to learn."""
    fields = result.fields
    backwards = replace(
        fields,
        t=fields.t[::-1],
        learned=fields.learned[::-1],
        exact=fields.exact[::-1],
        noised=fields.noised[::-1],
    )
    forwards = replace(result, samples=backwards.noised, fields=backwards, lam=result.lam[::-1])
    scene = preview(forwards, "your points, on their way into noise")
    return replace(scene, loop=False, seconds=DISSOLVES)


def _scene(
    setting: Setting,
    cloud: Pane,
    fields: tuple[Pane, Pane],
    charts: tuple[Pane, ...],
    clock: tuple[str, Array] | None = None,
    holds: bool = False,
    seconds: float = 6.0,
) -> Scene:
    return Scene(
        [cloud, *fields, *charts],
        columns=3,
        clock_values=None if clock is None else clock[1],
        clock_label="" if clock is None else clock[0],
        clock_holds=holds,
        seconds=seconds,
        description=f"A score network learning {setting.title}: samples, score fields, loss and error",
    )


def _cloud(setting: Setting, samples: Array, notes: Sequence[str]) -> Pane:
    return Pane(
        [
            Points(setting.data[None], "data", size=1.4, opacity=0.35, follow=False, part="data"),
            Points(samples, "model", size=1.7, opacity=0.85),
        ],
        title="Data and samples",
        notes=list(notes),
        extent=_extent(setting),
    )


def _fields(setting: Setting, fields: Fields) -> tuple[Pane, Pane]:
    """The learned field and the exact one at the same times, over the noised data."""
    backdrop = Points(fields.noised, "data", size=1.3, opacity=0.3, follow=False, part="data")
    title, source = "Exact score", "of the data's density"
    if not setting.closed:
        title, source = "Empirical score", f"of the {setting.trained_on:,} training points"

    def pane(title: str, note: str, color: str, vectors: Array) -> Pane:
        arrows = Arrows(setting.places, saturated(vectors, setting.places), color)
        if len(set(fields.t)) == 1:  # else t is the clock, which shows it
            note = f"{note} at t = {fields.t[0]:.2f}"
        return Pane([backdrop, arrows], title=title, note=note, extent=_extent(setting))

    learned = pane("Learned score", "σ·s", "model", fields.learned)
    return learned, pane(title, source, "exact", fields.exact)


def _extent(setting: Setting) -> tuple[float, float, float, float]:
    return (-setting.reach, setting.reach, -setting.reach, setting.reach)


def _losses(losses: Array, planned: int, at: Array | None = None) -> Pane:
    steps, values = losses.T
    smooth = np.empty_like(values)
    mean = values[0]
    for i, value in enumerate(values):
        mean += max(0.05, 1 / (i + 1)) * (value - mean)
        smooth[i] = mean
    lines = {"loss": values, "running mean": smooth}
    curve = Curve(
        steps,
        lines,
        at=at,
        log_x=True,
        log_y=True,
        x_label="step",
        x_limits=step_limits(planned),
        y_limits=round_limits(values),
        colors={"loss": "noise", "running mean": "model"},
    )
    return Pane([curve], title="Loss", note="of the training batches", aspect=_WIDE, smooth=False)


def _errors(
    setting: Setting, errors: dict[str, Array], at: Array | None = None, limits: tuple[float, float] | None = None
) -> Pane:
    lines = {name: np.maximum(error, LEAST) for name, error in errors.items()}
    colors = dict(zip(reversed(list(lines)), ("model", "noise"), strict=False))
    curve = Curve(setting.lam, lines, at=at, log_y=True, x_label="λ", y_limits=limits, colors=colors)
    return Pane([curve], title="Score error per λ", note=error_note(setting), aspect=_WIDE)


def error_note(setting: Setting) -> str:
    """What the error is: of the score itself where it is known, else against that of the training points alone."""
    return "σ² E‖ŝ − s‖²" if setting.closed else "σ² E‖ŝ − s‖², s of the training points"


def _distance(setting: Setting, distances: Array, planned: int, at: Array | None = None) -> Pane:
    steps, values = distances.T
    floor = setting.floor
    low, high = np.full((2, len(values)), [[floor.foot], [floor.band[1]]])
    lines = {"samples": values, "floor": np.full(len(values), floor.mean)}
    curve = Curve(
        np.maximum(steps, 1),
        lines,
        at=at,
        log_x=True,
        log_y=True,
        x_label="step",
        y_label="sliced W₂",
        x_limits=step_limits(planned),
        y_limits=round_limits(values, low, 2 * floor.mean),
        bands={"floor": (low, high)},
        colors={"samples": "model", "floor": "exact"},
    )
    note = "the band is one draw of fresh data"
    return Pane([curve], title="Distance to fresh data", aspect=_WIDE, note=note, smooth=False)
