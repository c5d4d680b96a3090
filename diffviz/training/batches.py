"""What each step of a training learns from: points, noise, times and labels, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.noise import Stream, torch_generator
from diffviz.objectives import LossMemory, Objective, TrainingBatch
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import GaussianSchedule

_BLOCK = 1 << 16  # numbers drawn at a time: enough to amortise the calls, little enough to stay in cache


class Settings(Protocol):
    """What the batches depend on of the settings of a training."""

    @property
    def batch(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def dropped(self) -> float: ...
    @property
    def objective(self) -> Objective: ...
    @property
    def schedule(self) -> GaussianSchedule: ...


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


def batches(
    settings: Settings,
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
        drawn = objective.make_batch(schedule, x0, t, eps, probes, known)
        if factor is not None:
            drawn = drawn._replace(weight=drawn.weight * factor)
        kept_labels = None
        if labels is not None:
            hidden = torch.rand(which.shape, generator=hidden_generator) < settings.dropped
            kept_labels = labels[which].masked_fill(hidden, classes)
        for i in range(count):
            part = slice(i * size, (i + 1) * size)
            yield (
                TrainingBatch(*(column[part] for column in drawn)),
                None if kept_labels is None else kept_labels[part],
            )
