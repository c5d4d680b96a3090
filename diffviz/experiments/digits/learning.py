"""What is looked at while a network learns images: digits from the same noise at every look, and real ones denoised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Config, Range
from diffviz.data import MNIST, ImageSet
from diffviz.experiments.digits.clear import ClearCount, ClearCurve, counted, shipped_counts
from diffviz.experiments.digits.images import load_images
from diffviz.experiments.digits.path import Pixels, SamplePath
from diffviz.grids import UniformTime
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import cached_checkpoint, early_checkpoints
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.runs.history import SavedWeights
from diffviz.runs.snapshot import Snapshot
from diffviz.samplers import DPMSolverPP2M, prior, sample
from diffviz.schedules import time_at
from diffviz.sde import diffuse
from diffviz.training.loop import Progress, TrainingConfig, TrainState

SHOWN, STEPS = 25, 10  # images, and network calls for them
MOMENTS, UNTRAINED_STEPS = 16, 20


@dataclass(frozen=True)
class LearningConfig(Config):
    """On which images a network learns, and how far on the way to noise, 0 to 1, it is to denoise some of them."""

    images: ImageSet = field(default_factory=MNIST)
    share: Annotated[float, Range(0, 1, step=0.05, label="Noised to t", help="Of the real ones.")] = 0.5

    @property
    def real(self) -> Tensor:
        """The training part, (n, 1, H, W)."""
        return load_images(self.images, "train").points

    @property
    def counts_clear(self) -> bool:
        """Whether the classifier that tells clear digits has learned from these images."""
        return self.images == MNIST()

    def noised(self, schedule: Schedule) -> tuple[Tensor, float]:
        """SHOWN real images, noised to the chosen time, and that time."""
        t = time_at(schedule, self.share)
        x0 = self.real[:SHOWN]
        return diffuse(schedule, x0, t, WhiteNoise(1, tuple(x0.shape)).initial()), t


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What one look gave, (SHOWN, 1, H, W) each. samples: drawn. denoised: what noised real images are taken for.

    clear: how many digits were clear until then; nothing for images that no classifier knows.
    """

    samples: Pixels
    denoised: Pixels
    clear: tuple[ClearCount, ...] = ()


@dataclass(eq=False)
class Observer:
    """Looks at a network in the worker of its run; a page may put another `config` in place meanwhile.

    clear: what it has counted of the run.
    """

    config: LearningConfig
    clear: tuple[ClearCount, ...] = ()

    def __call__(self, model: ScoreModel, progress: Progress | None = None) -> Evaluation:
        """Draw from noise that is the same every time, by DPM-Solver++ 2M in STEPS calls, and denoise real images.

        progress: of the run that is looked at, of which clear digits are counted now and then.
        """
        x, t = self.config.noised(model.schedule)
        denoised = torch.as_tensor(model.predict(x, t).x0)
        noise = WhiteNoise(0, (SHOWN, *self.config.real.shape[1:]))
        times = UniformTime().times(model.schedule, STEPS)
        samples = sample(DPMSolverPP2M(), model, prior(model.schedule, noise), times, noise).final
        if progress is not None and self.config.counts_clear:
            self.clear = counted(self.clear, model, progress.step, last=progress.step == progress.steps)
        return Evaluation(samples.numpy(), denoised.numpy(), self.clear)


@dataclass(frozen=True, eq=False)
class LearningResult:
    """A network at F moments of its training.

    t: the time to which `noised`, (SHOWN, 1, H, W), real images are brought. steps: (F,), of those planned. samples,
    denoised: (F, SHOWN, 1, H, W). losses: (n, 2), step and loss. seconds: of computing until each moment, if they are
    known. lam, lam_loss: (BINS,) error of the output at each noise level, at the last moment, if it is known. clear:
    how many digits were clear, where a classifier knows the images.
    """

    config: LearningConfig
    t: float
    noised: Pixels
    steps: Array
    samples: Pixels
    denoised: Pixels
    losses: Array
    planned: int
    seconds: tuple[float, ...] = ()
    lam: Array | None = None
    lam_loss: Array | None = None
    clear: ClearCurve | None = None


def latest_look(config: LearningConfig, schedule: Schedule, snapshot: Snapshot) -> LearningResult:
    """The one moment of a run's snapshot, as its observer saw it."""
    evaluation: Evaluation = snapshot.evaluation
    progress = snapshot.progress
    x, t = config.noised(schedule)
    return LearningResult(
        config,
        t,
        x.numpy(),
        np.array([float(progress.step)]),
        evaluation.samples[None],
        evaluation.denoised[None],
        snapshot.losses,
        progress.steps,
        lam=progress.lam,
        lam_loss=progress.lam_loss,
        clear=ClearCurve.of(evaluation.clear),
    )


def replay_learning(config: LearningConfig, settings: TrainingConfig, seed: int, snapshot: Snapshot) -> LearningResult:
    """A run at MOMENTS of its saved moments at most: the weights are put back, and looked at again."""
    train_state, observer = TrainState(settings, tuple(config.real.shape[1:]), seed), Observer(config)
    moments = _thinned(snapshot.moments)
    looks = [observer(train_state.load(moment.weights)) for moment in moments]
    steps = [moment.step for moment in moments]
    clear: tuple[ClearCount, ...] = snapshot.evaluation.clear
    return _collected(config, settings.schedule, steps, looks, snapshot.losses, settings.steps, clear)


def shipped_learning(config: LearningConfig) -> LearningResult:
    """The short run whose early checkpoints come with the lab."""
    saved, observer = [cached_checkpoint(path) for path in early_checkpoints()], Observer(config)
    looks = [observer(train_state.model) for train_state, _ in saved]
    cards = [card for _, card in saved]
    schedule, losses = saved[0][0].settings.schedule, np.array(cards[-1].losses)
    seconds = tuple(card.seconds for card in cards)
    steps = [card.step for card in cards]
    return _collected(config, schedule, steps, looks, losses, steps[-1], shipped_counts(), seconds)


def _collected(
    config: LearningConfig,
    schedule: Schedule,
    steps: Sequence[int],
    looks: Sequence[Evaluation],
    losses: Array,
    planned: int,
    clear: tuple[ClearCount, ...],
    seconds: tuple[float, ...] = (),
) -> LearningResult:
    x, t = config.noised(schedule)
    samples, denoised = np.stack([look.samples for look in looks]), np.stack([look.denoised for look in looks])
    moments = np.array(steps, dtype=float)
    return LearningResult(
        config, t, x.numpy(), moments, samples, denoised, losses, planned, seconds, clear=ClearCurve.of(clear)
    )


def _thinned(moments: Sequence[SavedWeights]) -> list[SavedWeights]:
    places = np.linspace(0, len(moments) - 1, min(MOMENTS, len(moments))).round().astype(int)
    return [moments[k] for k in dict.fromkeys(places.tolist())]


@dataclass(frozen=True, eq=False)
class LearningStart:
    """What every look at a run begins with, known before the first, (SHOWN, 1, H, W) each.

    noise: drawn from. t: the time to which `noised`, real images, are brought.
    """

    config: LearningConfig
    t: float
    noise: Pixels
    noised: Pixels


def start_learning(config: LearningConfig, schedule: Schedule) -> LearningStart:
    """What the looks at a run with this schedule begin with; no network is asked."""
    x, t = config.noised(schedule)
    noise = prior(schedule, WhiteNoise(0, (SHOWN, *config.real.shape[1:])))
    return LearningStart(config, t, noise.numpy(), x.numpy())


@dataclass(frozen=True, eq=False)
class UntrainedResult:
    """A network before its first step. forward: (F, SHOWN, 1, H, W), real images into noise. path: out of noise."""

    config: LearningConfig
    forward: Pixels
    path: SamplePath


def run_untrained(config: LearningConfig, settings: TrainingConfig) -> UntrainedResult:
    """Real images into noise, and what a network with fresh weights makes of noise, at the same times."""
    real = config.real
    model = TrainState(settings, tuple(real.shape[1:]), 0).model
    schedule, noise = model.schedule, WhiteNoise(0, (SHOWN, *real.shape[1:]))
    times = UniformTime().times(schedule, UNTRAINED_STEPS)
    run = sample(DPMSolverPP2M(), model, prior(schedule, noise), times, noise)
    eps = WhiteNoise(1, tuple(run.final.shape)).initial()
    forward = torch.stack([diffuse(schedule, real[:SHOWN], float(t), eps) for t in times[::-1]])
    return UntrainedResult(config, forward.numpy(), SamplePath.of(run, schedule))
