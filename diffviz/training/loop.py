"""The training loop: a generator, so that who calls it decides when to go on."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch
from torch import Generator, Tensor

from diffviz.config import Choice, Config, ConfigError, Range
from diffviz.networks import MLP
from diffviz.networks.mlp import MLPNetwork
from diffviz.objectives import Denoising, Question
from diffviz.prediction import Array, Schedule
from diffviz.schedules import Cosine
from diffviz.scores.learned import LearnedScore
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.ema import PowerEMA

BINS = 16
_BLOCK = 1 << 16  # numbers drawn at a time: enough to amortise the calls, little enough to stay in cache


@dataclass(frozen=True)
class Training(Config):
    """Everything that, with the points and a seed, decides what comes out."""

    batch: Annotated[int, Range(16, 16384, label="Batch", log=True)] = 1024
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
    weight_decay: Annotated[float, Range(0.0, 1.0, label="Weight decay")] = 0.0
    beta2: Annotated[float, Range(0.9, 0.9999, label="β₂", help="Memory of Adam's squared gradients.")] = 0.99
    network: MLP = field(default_factory=MLP)
    objective: Denoising = field(default_factory=Denoising)
    schedule: Schedule = field(default_factory=Cosine)

    def rate_at(self, step: int) -> float:
        """Learning rate of step 1, 2, ...: a linear rise, then the decay."""
        rise = min(1.0, step / (self.warmup + 1))
        if self.decay == "cosine":
            return self.rate * rise * max(0.0, math.cos(math.pi / 2 * min(1.0, step / (self.steps + 1))) ** 2)
        if self.decay == "inverse-root":
            return self.rate * rise / math.sqrt(max(1.0, step / self.hold))
        return self.rate * rise


@dataclass(frozen=True)
class Progress:
    """Where training stands after a step; nothing in it changes later.

    loss: weighted mean of this batch. smooth_loss: its running mean. lam, lam_loss: (BINS,) lambda at the middle of
    each bin and the running mean of the unweighted squared output error there. rate: steps per second of computing.
    weights: (P,) the averaged weights, flat; `Trainee.load` turns them into a model.
    """

    step: int
    steps: int
    loss: float
    smooth_loss: float
    lam: Array
    lam_loss: Array
    rate: float
    weights: Tensor

    @property
    def finite(self) -> bool:
        """Whether the loss and the weights still are numbers."""
        return math.isfinite(self.loss) and math.isfinite(self.weights.sum().item())


class Trainee:
    """A network, its flat parameters, and the score model that reads it: how flat weights become a model.

    The same settings, shape and seed give the same initial weights.
    """

    def __init__(self, settings: Training, shape: tuple[int, ...], seed: int) -> None:
        self.settings = settings
        self.network: MLPNetwork = settings.network.build(shape, seed)
        self.parameters = FlatParameters(self.network)
        self.model = LearnedScore(settings.schedule, self.network, settings.objective.target)

    def load(self, weights: Tensor) -> LearnedScore:
        """Put flat weights in place; the model is this one object each time."""
        self.parameters.values.copy_(weights)
        return self.model


def train(settings: Training, points: Array | Tensor, seed: int) -> Iterator[Progress]:
    """Train on points (N, *D), in data units near unit scale, and yield after each step.

    Times are stratified, one in each of `batch` equal slices of [t_min, t_max] (Kingma et al. 2021, appendix I.1), so
    the loss is far less noisy than with independent times. Deterministic for a seed, on one torch thread. Raises
    `ConfigError` if there is no point to train on.
    """
    data = torch.as_tensor(points, dtype=torch.float32)
    if data.ndim < 2 or not len(data):
        raise ConfigError(f"Training needs points of shape (N, D), got {tuple(data.shape)}.")
    trainee = Trainee(settings, tuple(data.shape[1:]), seed)
    optimiser = AdamW(trainee.parameters, (0.9, settings.beta2), settings.weight_decay)
    average = PowerEMA(trainee.parameters.values, settings.averaging)
    lam, smooth, lam_loss, started = _bin_lam(settings.schedule), 0.0, np.zeros(BINS), time.perf_counter()
    spent, last = 0.0, started
    for step, question in enumerate(_questions(settings, data, seed), 1):
        error = (trainee.network.forward(question.x, question.t) - question.answer).square_()
        error = error.flatten(1).mean(1)  # (batch,)
        loss = torch.dot(error, question.weight) / settings.batch
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step(settings.rate_at(step))
        average.update(trainee.parameters.values, step)
        value = loss.item()
        keep = 1 - max(0.02, 1 / step)
        smooth += (1 - keep) * (value - smooth)
        lam_loss = keep * lam_loss + (1 - keep) * _binned(error.detach())
        spent += time.perf_counter() - last
        yield Progress(step, settings.steps, value, smooth, lam, lam_loss, step / spent, average.weights.clone())
        last = time.perf_counter()


def _questions(settings: Training, data: Tensor, seed: int) -> Iterator[Question]:
    """`settings.steps` batches, posed in blocks: the schedule is evaluated once a block."""
    schedule, batch = settings.schedule, settings.batch
    generator = Generator().manual_seed(seed ^ 0x7261696E)  # not the stream of the weights
    block = max(1, min(64, _BLOCK // (batch * data[0].numel())))
    strata = torch.arange(batch)
    done = 0
    while done < settings.steps:
        count = min(block, settings.steps - done)
        done += count
        shape = (block, batch)
        u = (strata + torch.rand(shape, generator=generator)) / batch
        t = (schedule.t_min + (schedule.t_max - schedule.t_min) * u).reshape(-1)
        x0 = data[torch.randint(len(data), (block * batch,), generator=generator)]
        eps = torch.randn(x0.shape, generator=generator)
        posed = settings.objective.pose(schedule, x0, t, eps)
        for i in range(count):
            yield Question(*(part[i * batch : (i + 1) * batch] for part in posed))


def _bin_lam(schedule: Schedule) -> Array:
    middle = (np.arange(BINS) + 0.5) / BINS
    return schedule.lam(schedule.t_min + (schedule.t_max - schedule.t_min) * middle)


def _binned(error: Tensor) -> Array:
    """Mean error in each of BINS equal ranges of t: the batch is ordered by time, one draw a slice."""
    edges = np.linspace(0, len(error), BINS + 1).astype(int)
    sums: Array = np.add.reduceat(error.numpy().astype(np.float64), edges[:-1])
    return sums / np.diff(edges)
