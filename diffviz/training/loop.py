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
from diffviz.networks import MLP, Network, UNet, UNetNetwork, VarianceMLP
from diffviz.networks.device import CPU, bfloat16_autocast
from diffviz.noise import Stream, torch_generator
from diffviz.objectives import Denoising, LossMemory, Objective, TrainingBatch
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import Cosine, GaussianSchedule
from diffviz.scores.learned import LearnedScore
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.ema import PowerEMA
from diffviz.training.memory import check_memory
from diffviz.training.resume import ResumeState

BINS = 16
_BLOCK = 1 << 16  # numbers drawn at a time: enough to amortise the calls, little enough to stay in cache


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
    teacher: LearnedScore | None = None,
    device: torch.device = CPU,
    resume: ResumeState | None = None,
) -> Iterator[Progress]:
    """Train on points (N, *D), in data units near unit scale, and yield after each step.

    labels: (N,) whole numbers for a network of as many `classes`; a share `dropped` of them is hidden at each step, so
    that the same network predicts without any too (Ho and Salimans 2022, algorithm 1). known: the score of the data,
    for an objective that regresses it. weights: flat, to start from in place of fresh ones. teacher: a network with
    labels, whose output is the target in place of the drawn one. Its mean over the labels that x_t leaves open is the
    same E[y | x_t], with less variance (Xu et al. 2023 do so with a reference batch in place of a network). resume: a
    captured state of the same training, to go on from; the batches follow from the seed and the step.

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
    labelled_network = train_state.network if teacher is None else _checked_teacher(teacher, train_state)
    checked = checked_labels(labels, labelled_network.classes, len(data))
    optimiser = AdamW(train_state.parameters, (0.9, settings.beta2), settings.weight_decay)
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

    batches = islice(_batches(settings, data, checked, labelled_network.classes, seed, known, memory), first, None)
    for step, (drawn, batch_labels) in enumerate(batches, first + 1):
        batch = TrainingBatch(*(part.to(device) for part in drawn))
        label = () if batch_labels is None else (batch_labels.to(device),)
        with bfloat16_autocast(device, settings.half):
            if teacher is not None:
                with torch.no_grad():
                    batch = batch._replace(target=labelled_network.forward(batch.x, batch.t, *label))
                label = ()
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


def checked_labels(labels: Array | Tensor | None, classes: int, count: int) -> Tensor | None:
    """The labels as int64 (N,), or None for a network that takes none; `ConfigError` if they do not fit."""
    if not classes:
        return None
    if labels is None:
        raise ConfigError(f"A network of {classes} classes needs labels to learn from.")
    whole = torch.as_tensor(labels).long()
    if whole.shape != (count,) or whole.min() < 0 or whole.max() >= classes:
        raise ConfigError(f"{count:,} labels from 0 to {classes - 1} are needed, got shape {tuple(whole.shape)}.")
    return whole


def _checked_teacher(teacher: LearnedScore, train_state: TrainState) -> Network:
    """The teacher's network, or `ConfigError` if its output cannot be the target of this one."""
    student = train_state.model
    if not isinstance(teacher.network, UNetNetwork) or train_state.network.classes or not teacher.network.classes:
        raise ConfigError("A teacher must be a network of labels, and who learns from it one without.")
    same = (teacher.target, repr(teacher.schedule)) == (student.target, repr(student.schedule))
    if not same or teacher.network.shape != train_state.network.shape:
        raise ConfigError("A teacher must have the same target, schedule and shape as who learns from it.")
    return teacher.network


def _batches(
    settings: TrainingConfig,
    data: Tensor,
    labels: Tensor | None,
    classes: int,
    seed: int,
    known: ScoreModel | None,
    memory: LossMemory | None,
) -> Iterator[tuple[TrainingBatch, Tensor | None]]:
    """`settings.steps` batches and their labels, hidden ones as `classes`.

    They are made in blocks: the schedule is evaluated once a block. Times that follow the losses are drawn step by
    step.
    """
    schedule, size, objective = settings.schedule, settings.batch, settings.objective
    generator, probes = torch_generator(seed, Stream.TRAINING_BATCHES), torch_generator(seed, Stream.PROBES)
    hidden_generator = torch_generator(seed, Stream.HIDDEN_LABELS)
    block = 1 if memory is not None else max(1, min(64, _BLOCK // (size * data[0].numel())))
    done = 0
    while done < settings.steps:
        count = min(block, settings.steps - done)
        done += count
        u, factor = objective.times.shares(block, size, generator).reshape(-1), None
        if memory is not None:
            u, factor = memory.place(u)
        t = objective.times.times(schedule, u)
        which = torch.randint(len(data), (block * size,), generator=generator)
        x0 = data[which]
        eps = torch.randn(x0.shape, generator=generator)
        batches = objective.make_batch(schedule, x0, t, eps, probes, known)
        if factor is not None:
            batches = batches._replace(weight=batches.weight * factor)
        kept_labels = None
        if labels is not None:
            hidden = torch.rand(which.shape, generator=hidden_generator) < settings.dropped
            kept_labels = labels[which].masked_fill(hidden, classes)
        for i in range(count):
            part = slice(i * size, (i + 1) * size)
            yield (
                TrainingBatch(*(column[part] for column in batches)),
                None if kept_labels is None else kept_labels[part],
            )


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
