"""`diffviz train`: a network learns to the end and is written with its card."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from diffviz.commands.output import check_destination, print_json, progress_bar
from diffviz.commands.settings import name_and_value
from diffviz.config import ConfigError, Range, quoted
from diffviz.data import DATASETS, IMAGE_SETS, prepare
from diffviz.networks.device import best_device
from diffviz.pretrained.card import from_json, to_json
from diffviz.pretrained.checkpoint import Learner, load_checkpoint
from diffviz.runs.interrupted import interrupted_path
from diffviz.runs.job import kept_path, run_job
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState, classifier_training_steps
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps
from diffviz.training.resume import ResumeState

SEED, POINTS, THREADS = Range(0, 2**31), Range(16, 100_000), Range(1, 64)
STEP = Range(0, 1_000_000)


@dataclass(frozen=True)
class TrainOptions:
    """What stands on the command line; `command` is the line itself, which goes onto the card."""

    data: str
    path: Path
    classify: bool = False
    settings: tuple[str, ...] = ()
    start: Path | None = None
    teacher: Path | None = None
    points: str = "8000"
    seed: str = "0"
    threads: str = "1"
    keep: str = ""
    resume: bool = False
    as_json: bool = False
    command: str = ""


class Lesson(NamedTuple):
    """What learns, how, and from what: a learner whose weights are written, the loop that trains its like, its card."""

    learner: Learner
    make_loop: Callable[[ResumeState | None], Iterator[Progress]]
    data: str
    command: str
    teacher: str = ""


def train_command(options: TrainOptions) -> None:
    """Train as the options say; raises `ConfigError` for those that make no sense."""
    if options.path.suffix != ".safetensors" or not options.path.parent.is_dir():
        raise ConfigError(f"{options.path} must end in .safetensors and stand in a folder that exists.")
    torch.set_num_threads(THREADS.parse("threads", options.threads, int))
    keep = [STEP.parse("keep", text, int) for text in options.keep.split(",") if text]
    seed = SEED.parse("seed", options.seed, int)
    lesson = _lesson(options, seed)
    _check_destinations(options.path, keep, lesson.learner)
    settings = lesson.learner.settings
    last: list[Progress] = []
    with progress_bar(settings.steps, "steps") as bar, interrupts() as interrupted:

        def tell(progress: Progress, seconds: float) -> None:
            last[:] = [progress]
            bar.update(bar.task_ids[0], completed=progress.step, description=f"loss {progress.smooth_loss:.4f}")

        def complain(sentence: str) -> None:
            bar.console.print(f"diffviz: {sentence}", soft_wrap=True, markup=False, highlight=False)

        ended = run_job(
            lesson.learner,
            lesson.make_loop,
            seed=seed,
            data=lesson.data,
            path=options.path,
            command=lesson.command,
            teacher=lesson.teacher,
            keep=keep,
            tell=tell,
            complain=complain,
            resume=options.resume,
            interrupted=interrupted.is_set,
        )
    step = last[0].step
    if options.as_json:
        loss = last[0].smooth_loss
        print_json({"path": str(options.path), "step": step, "ended": ended, "loss": loss, "data": lesson.data})
    else:
        print(f"wrote {options.path}")
    if not ended:
        raise ConfigError(f"Interrupted at step {step:,}; the same command with --resume goes on from there.")


def _lesson(options: TrainOptions, seed: int) -> Lesson:
    settings = chosen(ClassifierTrainingConfig() if options.classify else TrainingConfig(), options.settings)
    if options.data in IMAGE_SETS:
        images = IMAGE_SETS[options.data]().load("train")
        points, labels, name = images.points, images.labels, images.id
    elif options.data in DATASETS:
        prepared = prepare(DATASETS[options.data](), POINTS.parse("points", options.points, int), seed)
        points, labels, name = torch.from_numpy(prepared.points).float(), None, prepared.id
    else:
        raise ConfigError(f"data must be one of {', '.join([*DATASETS, *IMAGE_SETS])}, got {quoted(options.data)}.")
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
    teacher, taught_by = load_checkpoint(options.teacher) if options.teacher else (None, None)

    def loop(state: ResumeState | None) -> Iterator[Progress]:
        model = teacher.model if teacher else None
        return training_steps(
            settings, points, seed, labels, weights=weights, teacher=model, device=best_device(), resume=state
        )

    return Lesson(learner, loop, name, command, taught_by.sha256 if taught_by else "")


def _classifier_lesson(
    options: TrainOptions,
    settings: ClassifierTrainingConfig,
    points: Tensor,
    labels: Tensor | None,
    name: str,
    seed: int,
) -> Lesson:
    if options.start or options.teacher:
        raise ConfigError("A classifier learns from labels alone, neither from a start nor from a teacher.")
    if labels is None:
        raise ConfigError(f"{options.data} has no labels, so there is nothing to classify.")
    learner = ClassifierTrainState(settings, tuple(points.shape[1:]), seed)
    loop = partial(classifier_training_steps, settings, points, labels, seed, best_device())
    return Lesson(learner, lambda state: loop(resume=state), name, options.command)


def _check_destinations(path: Path, keep: Sequence[int], learner: Learner) -> None:
    """Try to write every file that training will, with room for weights, moments and average."""
    weights = 4 * learner.parameters.values.numel()
    for target in (path, *(kept_path(path, step) for step in keep)):
        check_destination(target, weights)
        check_destination(target.with_suffix(".json"))
    check_destination(interrupted_path(path), 4 * weights)


@contextmanager
def interrupts() -> Iterator[threading.Event]:
    """An event that is set by an interrupt (Ctrl-C) or a request to end, in place of what these would break off.

    A second one breaks off as Ctrl-C does.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread alone
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, ask) for each in signals]
    try:
        yield asked
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def chosen(
    settings: TrainingConfig | ClassifierTrainingConfig, texts: Sequence[str]
) -> TrainingConfig | ClassifierTrainingConfig:
    """The settings with each NAME=VALUE put in place; names are those of the card, such as network.width."""
    card: dict[str, Any] = to_json(settings)
    for text in texts:
        name, value = name_and_value(text)
        *path, last = name.split(".")
        place: Any = card
        for step in path:
            place = place.get(step) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise ConfigError(f"A setting is NAME=VALUE with a name as on the card, got {quoted(text)}.")
        if isinstance(place.get(last), dict):
            place[last] = {"kind": value}  # another kind of network, schedule, ...: its own settings start afresh
        else:
            place[last] = _value(value)
    return from_json(card)


def _value(text: str) -> bool | float | str:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text
