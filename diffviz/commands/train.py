"""`diffviz train`: a network learns to the end and is written with its card."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from diffviz.commands.output import print_json, progress_bar
from diffviz.config import ConfigError, Range, quoted
from diffviz.data import DATASETS, IMAGE_SETS, prepare
from diffviz.networks.device import best_device
from diffviz.pretrained.card import from_json, to_json
from diffviz.pretrained.checkpoint import Learner, load_checkpoint
from diffviz.runs.job import run_job
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState, classifier_training_steps
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps

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


def train_command(options: TrainOptions) -> None:
    """Train as the options say; raises `ConfigError` for those that make no sense."""
    seed = SEED.parse("seed", options.seed, int)
    torch.set_num_threads(THREADS.parse("threads", options.threads, int))
    settings = chosen(ClassifierTrainingConfig() if options.classify else TrainingConfig(), options.settings)
    if options.path.suffix != ".safetensors" or not options.path.parent.is_dir():
        raise ConfigError(f"{options.path} must end in .safetensors and stand in a folder that exists.")
    keep = [STEP.parse("keep", text, int) for text in options.keep.split(",") if text]
    if options.data in IMAGE_SETS:
        images = IMAGE_SETS[options.data]().load("train")
        points, labels, name = images.points, images.labels, images.id
    elif options.data in DATASETS:
        prepared = prepare(DATASETS[options.data](), POINTS.parse("points", options.points, int), seed)
        points, labels, name = torch.from_numpy(prepared.points).float(), None, prepared.id
    else:
        raise ConfigError(f"data must be one of {', '.join([*DATASETS, *IMAGE_SETS])}, got {quoted(options.data)}.")

    shape, device, command = tuple(points.shape[1:]), best_device(), options.command
    if isinstance(settings, TrainingConfig):
        pupil = TrainState(settings, shape, seed)
        weights, teacher = None, load_checkpoint(options.teacher)[0].model if options.teacher else None
        if options.start:
            before, card = load_checkpoint(options.start)
            weights, command = pupil.inherit(before), f"{card.command} && {command}"
        train_state: Learner = pupil
        make_loop = partial(
            training_steps, settings, points, seed, labels, weights=weights, teacher=teacher, device=device
        )
    else:
        if options.start or options.teacher:
            raise ConfigError("A classifier learns from labels alone, neither from a start nor from a teacher.")
        if labels is None:
            raise ConfigError(f"{options.data} has no labels, so there is nothing to classify.")
        train_state = ClassifierTrainState(settings, shape, seed)
        make_loop = partial(classifier_training_steps, settings, points, labels, seed, device)
    last: list[Progress] = []
    with progress_bar(settings.steps, "steps") as bar, _interrupts() as interrupted:

        def tell(progress: Progress, seconds: float) -> None:
            last[:] = [progress]
            bar.update(bar.task_ids[0], completed=progress.step, description=f"loss {progress.smooth_loss:.4f}")

        ended = run_job(
            train_state,
            lambda state: make_loop(resume=state),
            seed=seed,
            data=name,
            path=options.path,
            command=command,
            keep=keep,
            tell=tell,
            resume=options.resume,
            interrupted=interrupted.is_set,
        )
    step = last[0].step
    if options.as_json:
        loss = last[0].smooth_loss
        print_json({"path": str(options.path), "step": step, "ended": ended, "loss": loss, "data": name})
    else:
        print(f"wrote {options.path}")
    if not ended:
        raise ConfigError(f"Interrupted at step {step:,}; the same command with --resume goes on from there.")


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """An event that is set by an interrupt (Ctrl-C) or a request to end, in place of what these would break off."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread alone
        yield asked
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda *_: asked.set()) for each in signals]
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
        name, equals, value = text.partition("=")
        *path, last = name.split(".")
        place: Any = card
        for step in path:
            place = place.get(step) if isinstance(place, dict) else None
        if not equals or not isinstance(place, dict):
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
