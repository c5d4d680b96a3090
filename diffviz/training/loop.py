"""The training loop: a generator, so that who calls it decides when to go on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Choice, Config, ConfigError, Flag, Range
from diffviz.networks import MLP, Network, UNet, VarianceMLP
from diffviz.networks.device import CPU, bfloat16_autocast
from diffviz.objectives import Denoising, Objective, TrainingBatch
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import Cosine, GaussianSchedule
from diffviz.scores.learned import LearnedScore
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.batches import batches, checked_labels
from diffviz.training.ema import PowerEMA
from diffviz.training.memory import check_memory
from diffviz.training.muon import Muon
from diffviz.training.resume import ResumeState
from diffviz.training.teacher import Teacher

BINS = 16


@dataclass(frozen=True)
class TrainingConfig(Config):
    """Everything that, with the points and a seed, decides what comes out."""

    batch: Annotated[int, Range(16, 16384, label="Batch", log=True, help="Points drawn for each step.")] = 1024
    steps: Annotated[int, Range(1, 1_000_000, label="Steps", log=True, help="Length of training.")] = 20_000
    rate: Annotated[float, Range(1e-5, 0.1, label="Learning rate", log=True, help="The highest it gets.")] = 1e-2
    warmup: Annotated[int, Range(0, 10_000, label="Warm-up", help="Steps over which the rate rises.")] = 20
    decay: Annotated[
        str,
        Choice(
            {"inverse-root": "1/√step", "cosine": "Cosine", "none": "None"},
            label="Decay",
            help="1/√step is good at every moment; cosine is best at its end; none stays at the highest rate.",
        ),
    ] = "inverse-root"
    hold: Annotated[int, Range(1, 100_000, label="Hold", log=True, help="Steps before 1/√step sets in.")] = 300
    averaging: Annotated[
        float, Range(0.0, 100.0, label="Averaging", help="Power of the weight average: higher is shorter.")
    ] = 12.0
    weight_decay: Annotated[
        float, Range(0.0, 1.0, label="Weight decay", help="Share of the weights taken away, times the learning rate.")
    ] = 0.0
    optimiser: Annotated[
        str,
        Choice({"adamw": "AdamW", "muon": "Muon"}, label="Optimiser", help="Muon: orthogonal steps for convolutions."),
    ] = "adamw"
    beta2: Annotated[float, Range(0.9, 0.9999, label="β₂", help="Memory of Adam's squared gradients.")] = 0.99
    half: Annotated[bool, Flag(label="bfloat16", help="Products in half precision, where the hardware has them.")] = (
        False
    )
    dropped: Annotated[float, Range(0.0, 1.0, label="Dropped labels", help="Share of labels that are hidden.")] = 0.1
    network: MLP | UNet = field(default_factory=MLP)
    objective: Objective = field(default_factory=Denoising)
    schedule: GaussianSchedule = field(default_factory=Cosine)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.objective.learns_variance and not isinstance(self.network, VarianceMLP):
            raise ConfigError("This objective learns a variance, which only the network mlp-variance answers.")

    def rate_at(self, step: int) -> float:
        """Learning rate of step 1, 2, ...: a linear rise, then the decay."""
        rise = min(1.0, step / (self.warmup + 1))
        if self.decay == "cosine":
            return cosine_rate(self.rate, step, self.steps, self.warmup)
        if self.decay == "inverse-root":
            return self.rate * rise / math.sqrt(max(1.0, step / self.hold))
        return self.rate * rise


def cosine_rate(rate: float, step: int, steps: int, warmup: int) -> float:
    """Learning rate of step 1, 2, ...: a linear rise, then a quarter of a cosine, squared, to 0 after the last step."""
    return rate * min(1.0, step / (warmup + 1)) * math.cos(math.pi / 2 * min(1.0, step / (steps + 1))) ** 2


@dataclass(frozen=True)
class Progress:
    """Where training stands after a step; nothing in it changes later.

    loss: weighted mean of this batch. smooth_loss: its running mean. lam, lam_loss: (BINS,) lambda at the middle of
    each bin and the running mean of the unweighted squared output error there; empty for a classifier. rate: steps per
    second of computing. weights: (P,) the averaged weights, flat; `TrainState.load` turns them into a model. capture:
    copies all that the loop holds, if it is called before the next step. batch: what this step learned from, as it was
    drawn; None for a classifier.
    """

    step: int
    steps: int
    loss: float
    smooth_loss: float
    lam: Array
    lam_loss: Array
    rate: float
    weights: Tensor
    capture: Callable[[], ResumeState] | None = field(default=None, repr=False)
    batch: TrainingBatch | None = field(default=None, repr=False)

    @property
    def left(self) -> float:
        """Seconds of computing to the last step, at the rate so far."""
        return (self.steps - self.step) / self.rate

    @property
    def finite(self) -> bool:
        """Whether the loss and the weights still are numbers."""
        return math.isfinite(self.loss) and math.isfinite(self.weights.sum().item())


class TrainState:
    """A network, its flat parameters, and the score model that reads it: how flat weights become a model.

    The same settings, shape and seed give the same initial weights.
    """

    def __init__(self, settings: TrainingConfig, shape: tuple[int, ...], seed: int, device: torch.device = CPU) -> None:
        self.settings = settings
        self.network: Network = settings.network.build(shape, seed).to(device)
        self.parameters = FlatParameters(self.network)
        self.model = LearnedScore(settings.schedule, self.network, settings.objective.target)

    @property
    def initial(self) -> Tensor:
        """A copy of the flat weights as they are."""
        return self.parameters.values.clone()

    def load(self, weights: Tensor) -> LearnedScore:
        """Put flat weights in place; the model is this one object each time. `ConfigError` if they are of another."""
        if weights.shape != self.parameters.values.shape:
            have, need = weights.numel(), self.parameters.values.numel()
            raise ConfigError(f"These are {have:,} weights, and the network has {need:,}: it is another one.")
        self.parameters.values.copy_(weights)
        return self.model

    def inherit(self, before: TrainState) -> Tensor:
        """Flat weights to start from, those of a smaller network, or one alike: what it lacks stays as it began.

        Raises `ConfigError` if it has a weight that does not fit.
        """
        own, inherited = self.network.state_dict(), before.network.state_dict()
        if any(name not in own or own[name].shape != value.shape for name, value in inherited.items()):
            raise ConfigError("The network to start from has weights that do not fit the one that is to learn.")
        self.network.load_state_dict(inherited, strict=False)
        return self.parameters.values.clone()


def training_steps(
    settings: TrainingConfig,
    points: Array | Tensor,
    seed: int,
    labels: Array | Tensor | None = None,
    *,
    known: ScoreModel | None = None,
    weights: Tensor | None = None,
    teacher: Teacher | None = None,
    device: torch.device = CPU,
    resume: ResumeState | None = None,
) -> Iterator[Progress]:
    """Train on points (N, *D), in data units near unit scale, and yield after each step.

    labels: (N,) whole numbers for a network of as many `classes`; a share `dropped` of them is hidden at each step, so
    that the same network predicts without any too (Ho and Salimans 2022, algorithm 1). known: the score of the data,
    for an objective that regresses it. weights: flat, to start from in place of fresh ones. teacher: what answers the
    target in place of the drawn one. resume: a captured state of the same training, to go on from; the batches follow
    from the seed and the step.

    Deterministic for a seed, on one torch thread. Raises `ConfigError` if there is no point to train on, if labels or
    teacher are not what the network can learn from, if the objective needs a score that is not known, or if there is
    too little memory.
    """
    data = torch.as_tensor(points, dtype=torch.float32)
    if data.ndim < 2 or not len(data):
        raise ConfigError(f"Training needs points of shape (N, D), got {tuple(data.shape)}.")
    objective = settings.objective
    if objective.needs_score and known is None:
        raise ConfigError(f"{objective.title} needs data whose score is known.")
    check_memory(settings, tuple(data.shape[1:]), device)
    train_state = TrainState(settings, tuple(data.shape[1:]), seed, device)
    if weights is not None:
        train_state.load(weights)
    if teacher is not None:
        teacher.check(train_state.model)
    classes = train_state.network.classes if teacher is None else teacher.classes
    checked = checked_labels(labels, classes, len(data))
    optimiser = _optimiser(train_state)
    average = PowerEMA(train_state.parameters.values, settings.averaging)
    lam, smooth, lam_loss, memory = _bin_lam(settings), 0.0, np.zeros(BINS), objective.times.memory()
    spent, last, first = 0.0, time.perf_counter(), 0
    if resume is not None:
        resume.restore(optimiser, average)
        first, smooth, lam_loss = resume.step, resume.smooth_loss, resume.lam_loss.numpy()
        if memory is not None and resume.time_losses is not None:
            memory.kept.copy_(resume.time_losses)

    def capture() -> ResumeState:
        time_losses = None if memory is None else memory.kept
        return ResumeState.capture(optimiser, average, smooth, torch.from_numpy(lam_loss), time_losses)

    drawn_batches = islice(batches(settings, data, checked, classes, seed, known, memory), first, None)
    for step, (drawn, batch_labels) in enumerate(drawn_batches, first + 1):
        batch = TrainingBatch(*(part.to(device) for part in drawn))
        label = () if batch_labels is None else (batch_labels.to(device),)
        with bfloat16_autocast(device, settings.half):
            if teacher is not None:
                batch, label = batch._replace(target=teacher.output(batch.x, batch.t, *label)), ()
            loss, error = objective.loss(train_state.network, settings.schedule, batch, label)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step(settings.rate_at(step))
        average.update(train_state.parameters.values, step)
        value = loss.item()
        keep = 1 - max(0.02, 1 / step)
        smooth += (1 - keep) * (value - smooth)
        error = error.detach().cpu()
        if memory is None:
            binned = _binned(error)
        else:
            share = (drawn.t - settings.schedule.t_min) / (settings.schedule.t_max - settings.schedule.t_min)
            binned = _binned_at(share, error, lam_loss)
            memory.record(share, error * drawn.weight)
        lam_loss = keep * lam_loss + (1 - keep) * binned
        spent += time.perf_counter() - last
        averaged = average.weights.to(CPU, copy=True)
        rate = (step - first) / spent
        yield Progress(step, settings.steps, value, smooth, lam, lam_loss, rate, averaged, capture, drawn)
        last = time.perf_counter()


def _optimiser(train_state: TrainState) -> AdamW:
    settings, parameters = train_state.settings, train_state.parameters
    betas = (0.9, settings.beta2)
    if settings.optimiser == "muon":
        return Muon(parameters, train_state.network, betas, settings.weight_decay)
    return AdamW(parameters, betas, settings.weight_decay)


def _bin_lam(settings: TrainingConfig) -> Array:
    middles = (torch.arange(BINS, dtype=torch.float64) + 0.5) / BINS
    return settings.schedule.lam(settings.objective.times.times(settings.schedule, middles).numpy())


def _binned(error: Tensor) -> Array:
    """Mean error in each of BINS ranges of t, drawn as often: the batch is ordered by time, one draw a slice."""
    edges = np.linspace(0, len(error), BINS + 1).astype(int)
    sums: Array = np.add.reduceat(error.numpy().astype(np.float64), edges[:-1])
    return sums / np.diff(edges)


def _binned_at(share: Tensor, error: Tensor, before: Array) -> Array:
    """The same for draws at shares (N,) of the range, wherever they lie; `before` where a range has none."""
    which = (share.numpy() * BINS).astype(int).clip(max=BINS - 1)
    count = np.bincount(which, minlength=BINS)
    return np.where(count > 0, np.bincount(which, error.numpy(), BINS) / np.maximum(count, 1), before)
