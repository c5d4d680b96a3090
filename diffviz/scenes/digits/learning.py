"""A network that learns to draw digits: the same noise at every look, what it removes from real ones, and its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffviz.grids import UniformTime
from diffviz.noise import WhiteNoise
from diffviz.player import Curve, Pane, Scene
from diffviz.pretrained.digits import learning
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.runs.history import SavedWeights
from diffviz.runs.snapshot import Snapshot
from diffviz.samplers import DPMSolverPP2M, prior, sample
from diffviz.scenes.digits.tiles import ink, pane
from diffviz.schedules import time_at
from diffviz.sde import diffuse
from diffviz.training.loop import Progress, TrainingConfig, TrainState

SHOWN, STEPS = 25, 10  # digits, and network calls for them


def drawn(model: ScoreModel, shape: tuple[int, ...]) -> Tensor:
    """SHOWN images of `shape` from noise that is the same every time, by DPM-Solver++ 2M in STEPS calls."""
    noise = WhiteNoise(0, (SHOWN, *shape))
    grid = UniformTime().times(model.schedule, STEPS)
    return sample(DPMSolverPP2M(), model, prior(model.schedule, noise), grid, noise).final


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What one look gave. samples: (SHOWN, H, W) drawn. denoised: (SHOWN, H, W) from the noised real ones."""

    samples: Array
    denoised: Array


@dataclass(eq=False)
class Observer:
    """Looks at a network in the worker. real: (n, 1, H, W), of which SHOWN are noised to share `share` of the way.

    title: of the data.
    """

    title: str
    real: Tensor
    share: float
    _noise: dict[float, Tensor] = field(default_factory=dict)

    def noised(self, schedule: Schedule) -> tuple[Tensor, float]:
        """The real ones at the chosen time, and that time."""
        t = time_at(schedule, self.share)
        x0 = self.real[:SHOWN]
        eps = WhiteNoise(1, tuple(x0.shape)).initial()
        return diffuse(schedule, x0, t, eps), t

    def __call__(self, model: ScoreModel, progress: Progress | None = None) -> Evaluation:
        """Samples, and what is left of noised real ones."""
        x, t = self.noised(model.schedule)
        denoised = torch.as_tensor(model.predict(x, t).x0)
        return Evaluation(ink(drawn(model, tuple(self.real.shape[1:]))), ink(denoised))


def live(observer: Observer, schedule: Schedule, snapshot: Snapshot) -> Scene:
    """The network as it is at this moment; the picture stands still until the next."""
    sight: Evaluation = snapshot.seen
    step = f"step {snapshot.progress.step:,}"
    return _scene(
        observer,
        pane(sight.samples[None], "Drawn", note=f"from the same noise each time, {step}"),
        _removal(observer, schedule, sight.denoised[None]),
        (_losses(snapshot.losses), _levels([snapshot.progress.lam_loss], snapshot.progress.lam)),
    )


def replay(observer: Observer, settings: TrainingConfig, seed: int, snapshot: Snapshot) -> Scene:
    """Learning on the player's clock: one frame a saved moment, the same noise in each."""
    train_state = TrainState(settings, tuple(observer.real.shape[1:]), seed)
    moments = _thinned(snapshot.moments)
    sights = [observer(train_state.load(moment.weights)) for moment in moments]
    steps = [moment.step for moment in moments]
    return _scene(
        observer,
        pane(np.stack([s.samples for s in sights]), "Drawn", notes=[f"from the same noise, step {n:,}" for n in steps]),
        _removal(observer, settings.schedule, np.stack([s.denoised for s in sights])),
        (_losses(snapshot.losses, np.array(steps, dtype=float)),),
        clock=np.array(steps, dtype=float),
    )


def preview(observer: Observer, files: Sequence[Path]) -> Scene:
    """Before training: what an earlier run had learned after a few steps, and after more, from its checkpoints."""
    kept = [learning(path) for path in files]
    sights = [observer(train_state.model) for train_state, _ in kept]
    steps = [card.step for _, card in kept]
    notes = [f"an earlier run, step {card.step:,} after {card.seconds:.0f} s" for _, card in kept]
    return _scene(
        observer,
        pane(np.stack([s.samples for s in sights]), "Drawn", notes=notes),
        _removal(observer, kept[0][0].settings.schedule, np.stack([s.denoised for s in sights])),
        (_losses(np.array(kept[-1][1].losses), np.array(steps, dtype=float)),),
        clock=np.array(steps, dtype=float),
    )


def untrained(observer: Observer, settings: TrainingConfig) -> Scene:
    """Before training, where no earlier run saw these data: real images into noise, and what comes back so far."""
    model = TrainState(settings, tuple(observer.real.shape[1:]), 0).model
    noise = WhiteNoise(0, (SHOWN, *observer.real.shape[1:]))
    times = UniformTime().times(model.schedule, 20)
    run = sample(DPMSolverPP2M(), model, prior(model.schedule, noise), times, noise)
    x0, eps = observer.real[:SHOWN], WhiteNoise(1, tuple(run.final.shape)).initial()
    there = [diffuse(model.schedule, x0, float(t), eps) for t in times[::-1]]
    panes = [
        pane(ink(torch.stack(there)), "Real, into noise", note=observer.title),
        pane(ink(run.x), "Out of noise", note="through a network that knows nothing yet"),
    ]
    return Scene(panes, columns=3, seconds=6, description=f"{observer.title} into noise, and an untrained network")


def _thinned(moments: Sequence[SavedWeights], most: int = 16) -> list[SavedWeights]:
    places = np.linspace(0, len(moments) - 1, min(most, len(moments))).round().astype(int)
    return [moments[k] for k in dict.fromkeys(places.tolist())]


def _removal(observer: Observer, schedule: Schedule, denoised: Array) -> tuple[Pane, Pane]:
    x, t = observer.noised(schedule)
    return (
        pane(ink(x)[None], "Real, noised", note=f"{observer.title} at t = {t:.2f}"),
        pane(denoised, "Denoised x̂₀", note="what the network takes them for"),
    )


def _scene(
    observer: Observer, samples: Pane, removal: tuple[Pane, Pane], charts: tuple[Pane, ...], clock: Array | None = None
) -> Scene:
    return Scene(
        [samples, *charts, *removal],
        columns=4 if len(charts) == 1 else 3,
        clock_values=clock,
        clock_label="step",
        seconds=6,
        description=f"A network learning {observer.title}: drawn images, real ones noised and denoised, and the loss",
    )


def _losses(losses: Array, at: Array | None = None) -> Pane:
    steps, values = losses.T
    curve = Curve(
        np.maximum(steps, 1),
        {"loss": values},
        at=None if at is None else np.maximum(at, 1),
        log_x=True,
        log_y=True,
        x_label="step",
        colors={"loss": "noise"},
    )
    return Pane([curve], title="Loss", note=f"{'now' if at is None else 'at the end'} {values[-10:].mean():.3f}")


def _levels(errors: Sequence[Array], lam: Array) -> Pane:
    order = np.argsort(lam)
    curve = Curve(lam[order], {"error": np.maximum(errors[0][order], 1e-8)}, log_y=True, x_label="λ")
    return Pane([curve], title="Error per λ", note="of the output, on the training batches")
