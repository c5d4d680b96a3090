"""Training a classifier of images, clean ones or ones noised to every level."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional

from diffviz.config import Config, Flag, Range
from diffviz.networks import Classifier, radius
from diffviz.networks.device import CPU, bfloat16_autocast
from diffviz.noise import Stream, torch_generator
from diffviz.prediction import expand
from diffviz.protocols import Schedule
from diffviz.schedules import Cosine, time_at
from diffviz.sde import diffuse
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.batches import checked_labels
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import Progress, cosine_rate
from diffviz.training.memory import check_memory
from diffviz.training.resume import ResumeState


@dataclass(frozen=True)
class ClassifierTrainingConfig(Config):
    """Everything that, with the images and a seed, decides what comes out."""

    batch: Annotated[int, Range(16, 16384, label="Batch", log=True, help="Images drawn for each step.")] = 64
    steps: Annotated[int, Range(1, 1_000_000, label="Steps", log=True, help="Length of training.")] = 4_000
    rate: Annotated[float, Range(1e-5, 0.1, label="Learning rate", log=True, help="The highest it gets.")] = 2e-3
    noised: Annotated[bool, Flag(label="Noised", help="Learn at every time of the schedule, not only at 0.")] = False
    shift: Annotated[int, Range(0, 8, label="Shift", help="Pixels by which images are moved at random.")] = 2
    half: Annotated[bool, Flag(label="bfloat16", help="Products in half precision, where the hardware has them.")] = (
        False
    )
    network: Classifier = field(default_factory=Classifier)
    schedule: Schedule = field(default_factory=Cosine)


class ClassifierTrainState:
    """A classifier and its flat parameters; the same settings, shape and seed give the same initial weights."""

    def __init__(
        self, settings: ClassifierTrainingConfig, shape: tuple[int, ...], seed: int, device: torch.device = CPU
    ) -> None:
        self.settings = settings
        self.network = settings.network.build(shape, seed).to(device)
        self.parameters = FlatParameters(self.network)

    def load(self, weights: Tensor) -> None:
        """Put flat weights (P,) in place."""
        self.parameters.values.copy_(weights)


def classifier_training_steps(
    settings: ClassifierTrainingConfig,
    points: Tensor,
    labels: Tensor,
    seed: int,
    device: torch.device = CPU,
    resume: ResumeState | None = None,
) -> Iterator[Progress]:
    """Train on images (N, C, H, W) and labels (N,), and yield after each step; the loss is the cross-entropy in nats.

    For guidance the classifier must know noised images too (Dhariwal and Nichol 2021, section 4.1). resume: a captured
    state of the same training, to go on from. Deterministic for a seed, on one torch thread. Raises `ConfigError` if
    the labels do not fit the network, or if there is too little memory.
    """
    checked = checked_labels(labels, settings.network.classes, len(points))
    assert checked is not None  # every classifier has classes
    check_memory(settings, tuple(points.shape[1:]), device)
    train_state = ClassifierTrainState(settings, tuple(points.shape[1:]), seed, device)
    optimiser = AdamW(train_state.parameters, (0.9, 0.99), 0.01)
    average = PowerEMA(train_state.parameters.values, 12.0)
    smooth, spent, first = 0.0, 0.0, 0
    if resume is not None:
        resume.restore(optimiser, average)
        first, smooth = resume.step, resume.smooth_loss

    def capture() -> ResumeState:
        return ResumeState.capture(optimiser, average, smooth)

    started = time.perf_counter()
    batches = islice(_batches(settings, points, seed), first, settings.steps)
    for step, (which, x, t) in enumerate(batches, first + 1):
        with bfloat16_autocast(device, settings.half):
            logits = train_state.network.forward(x.to(device), t.to(device))
        loss = functional.cross_entropy(logits.float(), checked[which].to(device))
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step(cosine_rate(settings.rate, step, settings.steps, warmup=50))
        average.update(train_state.parameters.values, step)
        value = loss.item()
        smooth += max(0.02, 1 / step) * (value - smooth)
        spent += time.perf_counter() - started
        weights = average.weights.to(CPU, copy=True)
        rate = (step - first) / spent
        yield Progress(step, settings.steps, value, smooth, np.empty(0), np.empty(0), rate, weights, capture)
        started = time.perf_counter()


def _batches(settings: ClassifierTrainingConfig, points: Tensor, seed: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Without end: which images were drawn (batch,), they themselves as the network sees them, and their times."""
    generator = torch_generator(seed, Stream.CLASSIFIER_BATCHES)
    while True:
        which = torch.randint(len(points), (settings.batch,), generator=generator)
        yield which, *_augmented(settings, points[which], generator)


def _augmented(settings: ClassifierTrainingConfig, images: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """The images moved by a few pixels, and noised if so wanted, at unit scale; and their times (B,)."""
    count, shift = len(images), settings.shift
    if shift:
        padded = functional.pad(images, (shift,) * 4, mode="replicate")
        down, right = torch.randint(2 * shift + 1, (2, count), generator=generator).tolist()
        height, width = images.shape[2:]
        shifted = [padded[i, :, down[i] : down[i] + height, right[i] : right[i] + width] for i in range(count)]
        images = torch.stack(shifted)
    if not settings.noised:
        return images, torch.zeros(count)
    schedule = settings.schedule
    t = time_at(schedule, (torch.arange(count) + torch.rand(count, generator=generator)) / count)
    eps = torch.randn(images.shape, generator=generator)
    scale = expand(radius(schedule.alpha(t), schedule.sigma(t)), images)
    return diffuse(schedule, images, t, eps) / scale, t
