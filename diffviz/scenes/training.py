"""What is seen of a network that learns: its samples, its score field, its loss and its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from diffviz.metrics import sliced_w2
from diffviz.networks.targets import radius
from diffviz.objectives import TARGETS
from diffviz.player import Arrows, Curve, Pane, Points, Scene
from diffviz.protocols import Array, ScoreModel
from diffviz.runs.history import SavedWeights
from diffviz.runs.snapshot import Snapshot
from diffviz.scenes.stage import SAMPLES, SHOWN, SIDE, TRAINED_ON, Stage
from diffviz.training.loop import Progress, TrainingConfig, TrainState


@dataclass(frozen=True)
class Evaluation:
    """What one look at a network gave. t: time of the fields; distances: (n, 2) step and sliced W2 so far."""

    samples: Array
    t: float
    learned: Array
    error: Array
    distances: Array

    def at(self, stage: Stage, model: Callable[[], ScoreModel], share: float) -> Evaluation:
        """The same look with the field at another time: a run that rests does not look again by itself."""
        t = stage.time(share)
        return self if t == self.t else replace(self, t=t, learned=stage.field(model(), t))


@dataclass(eq=False)
class Observer:
    """Looks at a network in the worker. `share` says at which time the field is wanted and may change meanwhile."""

    stage: Stage
    share: float
    _distances: list[tuple[int, float]] = field(default_factory=list)

    def __call__(self, model: ScoreModel, progress: Progress) -> Evaluation:
        """Samples, field and error of the network as it is now: a few tens of milliseconds."""
        stage, t = self.stage, self.stage.time(self.share)
        samples = np.asarray(stage.run(model).x[-1], dtype=np.float64)
        known = [pair for pair in self._distances if pair[0] < progress.step]
        if not known or progress.step >= 1.08 * known[-1][0]:  # even in log step, so the list stays short
            known.append((progress.step, sliced_w2(samples, stage.fresh)))
        self._distances = known
        return Evaluation(samples, t, stage.field(model, t), stage.error(model), np.array(known))


def live(stage: Stage, snapshot: Snapshot, sight: Evaluation) -> Scene:
    """The network as it is at this moment; the picture stands still until the next."""
    step = f"step {snapshot.progress.step:,}"
    return _scene(
        stage,
        _cloud(stage, sight.samples[None], [f"{len(sight.samples):,} samples at {step}"]),
        _fields(stage, sight.learned[None], [sight.t]),
        (_losses(snapshot.losses), _errors(stage, sight.error[None]), _distance(stage, sight.distances)),
        clock=None,
    )


def replay(stage: Stage, settings: TrainingConfig, seed: int, snapshot: Snapshot, share: float) -> Scene:
    """Learning on the player's clock: one frame a saved moment, the same noise in each."""
    train_state, t = TrainState(settings, (2,), seed), stage.time(share)
    moments: Sequence[SavedWeights] = snapshot.moments
    if moments[-1].step < snapshot.progress.step:
        moments = (*moments, SavedWeights(snapshot.progress.step, snapshot.progress.weights))
    steps = np.array([m.step for m in moments])
    samples, fields, errors = [], [], []
    for moment in moments:
        model = train_state.load(moment.weights)
        samples.append(np.asarray(stage.run(model).x[-1], dtype=np.float64))
        fields.append(stage.field(model, t))
        errors.append(stage.error(model))
    distances = np.array([(m.step, sliced_w2(x, stage.fresh)) for m, x in zip(moments, samples, strict=True)])
    seen = np.maximum(steps, 1)  # a logarithmic axis has no step 0
    return _scene(
        stage,
        _cloud(stage, np.stack(samples), [f"{SAMPLES:,} samples at step {s:,}" for s in steps]),
        _fields(stage, np.stack(fields), [t] * len(steps)),
        (
            _losses(snapshot.losses, seen),
            _errors(stage, np.stack(errors[:1] + errors[-1:]), names=("before", "after")),
            _distance(stage, distances, seen),
        ),
        clock=("step", steps),
        seconds=10,
    )


def preview(stage: Stage, settings: TrainingConfig, seed: int) -> Scene:
    """Before training: noise runs through the untrained network, beside the way that the exact score would lead."""
    model = TrainState(settings, (2,), seed).model
    path = stage.run(model)
    times = [float(t) for t in path.t]
    schedule, lam = stage.schedule, stage.schedule.lam(np.array(times))
    curve_t = np.linspace(schedule.t_min, schedule.t_max, 100)
    alpha, sigma = schedule.alpha(curve_t), schedule.sigma(curve_t)
    target, slope = TARGETS[settings.objective.target], schedule.g2(curve_t) / sigma**2
    weight = settings.objective.weighting.on_output(
        target, torch.from_numpy(alpha), torch.from_numpy(sigma), torch.from_numpy(slope)
    ).numpy()
    scale = [radius(float(schedule.alpha(t)), float(schedule.sigma(t))) for t in times]
    samples = np.asarray(path.x, dtype=np.float64) / np.array(scale)[:, None, None]
    charts = (
        Pane(
            [Curve(curve_t, {"α": alpha, "σ": sigma}, at=np.array(times), x_label="t")],
            title="Noise schedule",
            note="signal α and noise σ",
            aspect=_WIDE,
        ),
        _errors(stage, stage.error(model)[None], at=lam),
        Pane(
            [Curve(schedule.lam(curve_t)[::-1], {"weight": weight[::-1]}, at=lam, log_y=True, x_label="λ")],
            title="Loss weight per λ",
            note="on the squared error of the output",
            aspect=_WIDE,
        ),
    )
    return _scene(
        stage,
        _cloud(stage, samples, ["samples of the untrained network"] * len(times)),
        _fields(stage, np.stack([stage.field(model, t) for t in times]), times),
        charts,
        clock=("t", times),
        seconds=7,
    )


_WIDE = 1.45


def _scene(
    stage: Stage,
    cloud: Pane,
    fields: tuple[Pane, Pane],
    charts: tuple[Pane, ...],
    clock: tuple[str, Sequence[float] | Array] | None,
    seconds: float = 6.0,
) -> Scene:
    return Scene(
        [cloud, *fields, *charts],
        columns=3,
        clock_values=None if clock is None else clock[1],
        clock_label="" if clock is None else clock[0],
        seconds=seconds,
        description=f"A score network learning {type(stage.dataset).title}: samples, score fields, loss and error",
    )


def _cloud(stage: Stage, samples: Array, notes: Sequence[str]) -> Pane:
    shown = stage.data.points[None, :SHOWN]
    return Pane(
        [Points(shown, "data", size=1.4, opacity=0.35, follow=False), Points(samples, "model", size=1.7, opacity=0.85)],
        title="Data and samples",
        notes=list(notes),
        extent=_extent(stage),
    )


def _fields(stage: Stage, learned: Array, times: Sequence[float]) -> tuple[Pane, Pane]:
    """The learned field (F, M, 2) and the exact one at the same times, over the noised data."""
    distinct = {t: (stage.field(stage.exact, t), stage.noised(t)) for t in dict.fromkeys(times)}
    exact = np.stack([distinct[t][0] for t in times])
    clouds = np.stack([distinct[t][1] for t in times])
    if len(distinct) == 1:
        exact, clouds = exact[:1], clouds[:1]
    backdrop = Points(clouds, "data", size=1.3, opacity=0.3, follow=False)
    panes = []
    for title, source, color, vectors in (
        ("Learned score", "σ·s", "model", learned),
        ("Exact score", "closed form" if stage.closed else f"of the {TRAINED_ON:,} training points", "exact", exact),
    ):
        arrows = Arrows(stage.places, _saturated(vectors, stage), color)
        pane = Pane([backdrop, arrows], title=title, extent=_extent(stage))
        notes = [f"{source} at t = {t:.2f}" for t in times][: pane.frames]
        panes.append(Pane(pane.layers, title=title, notes=notes, extent=pane.extent))
    return panes[0], panes[1]


def _saturated(vectors: Array, stage: Stage) -> Array:
    """Arrows as long as a cell at most: far from the data the score grows without bound."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    cell = 2 * 0.93 * stage.reach / (SIDE - 1)
    return np.asarray(vectors * (0.95 * cell / (1 + length)))


def _extent(stage: Stage) -> tuple[float, float, float, float]:
    return (-stage.reach, stage.reach, -stage.reach, stage.reach)


def _losses(losses: Array, at: Array | None = None) -> Pane:
    steps, values = losses.T
    smooth = np.empty_like(values)
    mean = values[0]
    for i, value in enumerate(values):
        mean += max(0.05, 1 / (i + 1)) * (value - mean)
        smooth[i] = mean
    lines = {"loss": values, "running mean": smooth}
    curve = Curve(
        steps, lines, at=at, log_x=True, log_y=True, x_label="step", colors={"loss": "noise", "running mean": "model"}
    )
    return Pane([curve], title="Loss", note=f"now {smooth[-1]:.3f}", aspect=_WIDE)


def _errors(stage: Stage, error: Array, at: Array | None = None, names: Sequence[str] = ("error",)) -> Pane:
    lines = dict(zip(names, np.maximum(error, 1e-8), strict=True))
    colors = {names[0]: "noise" if len(names) > 1 else "model", names[-1]: "model"}
    curve = Curve(stage.lam, lines, at=at, log_y=True, x_label="λ", colors=colors)
    return Pane([curve], title="Error per λ", note="E‖ε̂ − ε*‖², learned against exact", aspect=_WIDE)


def _distance(stage: Stage, distances: Array, at: Array | None = None) -> Pane:
    steps, values = distances.T
    lines = {"samples": values, "floor": np.full(len(values), stage.floor.mean)}
    limits = (0.8 * min(values.min(), stage.floor.mean), 1.1 * max(values.max(), 2 * stage.floor.mean))
    curve = Curve(
        np.maximum(steps, 1),
        lines,
        at=at,
        log_x=True,
        log_y=True,
        x_label="step",
        y_limits=limits,
        colors={"samples": "model", "floor": "exact"},
    )
    return Pane(
        [curve],
        title="Distance to fresh data",
        aspect=_WIDE,
        note=f"sliced W₂ {values[-1]:.3f}, floor {stage.floor.mean:.3f}",
    )
