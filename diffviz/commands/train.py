"""`diffviz train`: a network learns to the end and is written with its card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from diffviz.commands.job import SEED, check_path, drain, training_data
from diffviz.commands.settings import changed_card
from diffviz.config import ConfigError, Range
from diffviz.networks.device import best_device
from diffviz.pretrained.card import from_json
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.runs.job import Job, network_job
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState, classifier_training_steps
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps
from diffviz.training.resume import ResumeState
from diffviz.training.teacher import Teacher

THREADS = Range(1, 64)
STEP = Range(0, 1_000_000)
GUIDANCE = Range(-10.0, 10.0)


@dataclass(frozen=True)
class TrainOptions:
    """What stands on the command line; `command` is the line itself, which goes onto the card."""

    data: str
    path: Path
    classify: bool = False
    settings: tuple[str, ...] = ()
    start: Path | None = None
    teacher: Path | None = None
    weaker: Path | None = None
    guidance: str = "0"
    half: bool = False
    points: str = "8000"
    seed: str = "0"
    threads: str = "1"
    keep: str = ""
    resume: bool = False
    as_json: bool = False
    command: str = ""


class Lesson(NamedTuple):
    """A training, the number of its steps, the id of its data, and the commands that go onto its card."""

    job: Job
    steps: int
    data: str
    command: str


def train_command(options: TrainOptions) -> None:
    """Train as the options say; raises `ConfigError` for those that make no sense."""
    check_path(options.path)
    torch.set_num_threads(THREADS.parse("threads", options.threads, int))
    keep = [STEP.parse("keep", text, int) for text in options.keep.split(",") if text]
    seed = SEED.parse("seed", options.seed, int)
    lesson = _lesson(options, seed)
    drain(
        lesson.job,
        lesson.steps,
        path=options.path,
        data=lesson.data,
        command=lesson.command,
        keep=keep,
        resume=options.resume,
        as_json=options.as_json,
    )


def _lesson(options: TrainOptions, seed: int) -> Lesson:
    settings = chosen(ClassifierTrainingConfig() if options.classify else TrainingConfig(), options.settings)
    points, labels, name = training_data(options.data, options.points, seed)
    if isinstance(settings, TrainingConfig):
        return _score_lesson(options, settings, points, labels, name, seed)
    return _classifier_lesson(options, settings, points, labels, name, seed)


def _score_lesson(
    options: TrainOptions, settings: TrainingConfig, points: Tensor, labels: Tensor | None, name: str, seed: int
) -> Lesson:
    learner, command, weights = TrainState(settings, tuple(points.shape[1:]), seed), options.command, None
    if options.start and not options.resume:  # what is resumed holds its own weights, and its start may be gone
        before, card = load_checkpoint(options.start)
        weights, command = learner.inherit(before), f"{card.command} && {command}"
    teacher, identity = _teacher(options)

    def loop(state: ResumeState | None) -> Iterator[Progress]:
        return training_steps(
            settings, points, seed, labels, weights=weights, teacher=teacher, device=best_device(), resume=state
        )

    job = network_job(learner, loop, seed=seed, data=name, teacher=identity, half=options.half)
    return Lesson(job, settings.steps, name, command)


def _teacher(options: TrainOptions) -> tuple[Teacher | None, str]:
    """Whose answers are learned, and what tells it from others; raises `ConfigError` for half of a choice."""
    guidance = GUIDANCE.parse("guidance", options.guidance, float)
    if options.teacher is None:
        if options.weaker or guidance:
            raise ConfigError("A weaker network and its weight go with a teacher, which must be named too.")
        return None, ""
    stronger, card = load_checkpoint(options.teacher)
    if options.weaker is None:
        return Teacher(stronger.model, guidance=guidance), card.sha256
    weaker, other = load_checkpoint(options.weaker)
    return Teacher(stronger.model, weaker.model, guidance), f"{card.sha256} {guidance:g} {other.sha256}"


def _classifier_lesson(
    options: TrainOptions,
    settings: ClassifierTrainingConfig,
    points: Tensor,
    labels: Tensor | None,
    name: str,
    seed: int,
) -> Lesson:
    if options.start or options.teacher or options.weaker:
        raise ConfigError("A classifier learns from labels alone, neither from a start nor from a teacher.")
    if labels is None:
        raise ConfigError(f"{options.data} has no labels, so there is nothing to classify.")
    learner = ClassifierTrainState(settings, tuple(points.shape[1:]), seed)
    loop = partial(classifier_training_steps, settings, points, labels, seed, best_device())
    job = network_job(learner, lambda state: loop(resume=state), seed=seed, data=name, half=options.half)
    return Lesson(job, settings.steps, name, options.command)


def chosen(
    settings: TrainingConfig | ClassifierTrainingConfig, texts: Sequence[str]
) -> TrainingConfig | ClassifierTrainingConfig:
    """The settings with each NAME=VALUE put in place; names are those of the card, such as network.width."""
    return from_json(changed_card(settings, texts))
