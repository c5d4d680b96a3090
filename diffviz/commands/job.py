"""What the commands that train share: their data, a bar, what an interrupt does, and what is told at the end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import torch
from torch import Tensor

from diffviz.commands.output import check_destination, print_json, progress_bar
from diffviz.config import ConfigError, Range, quoted
from diffviz.data import DATASETS, IMAGE_SETS, prepare
from diffviz.runs.interrupted import interrupted_path
from diffviz.runs.job import Job, kept_path, run_job
from diffviz.training.loop import Progress

SEED, POINTS = Range(0, 2**31), Range(16, 100_000)


class TrainingData(NamedTuple):
    """points: (N, *D). labels: (N,) where there are any. id: what goes onto the card."""

    points: Tensor
    labels: Tensor | None
    id: str


def training_data(data: str, points: str, seed: int) -> TrainingData:
    """The training part of a set of images, or so many points drawn from a data set in the plane."""
    if data in IMAGE_SETS:
        images = IMAGE_SETS[data]().load("train")
        return TrainingData(images.points, images.labels, images.id)
    if data in DATASETS:
        prepared = prepare(DATASETS[data](), POINTS.parse("points", points, int), seed)
        return TrainingData(torch.from_numpy(prepared.points).float(), None, prepared.id)
    raise ConfigError(f"data must be one of {', '.join([*DATASETS, *IMAGE_SETS])}, got {quoted(data)}.")


def check_path(path: Path) -> None:
    """`ConfigError` unless a checkpoint may be called so."""
    if path.suffix != ".safetensors" or not path.parent.is_dir():
        raise ConfigError(f"{path} must end in .safetensors and stand in a folder that exists.")


def drain(
    job: Job,
    steps: int,
    *,
    path: Path,
    data: str,
    command: str,
    keep: Sequence[int] = (),
    resume: bool = False,
    as_json: bool = False,
) -> None:
    """Train to the end, with a bar, and tell what was written; an interrupt saves, and `ConfigError` says so.

    Every file is tried first, with room for weights, moments and average.
    """
    weights = job.initial.nbytes
    for target in (path, *(kept_path(path, step) for step in keep)):
        check_destination(target, weights)
        check_destination(target.with_suffix(".json"))
    check_destination(interrupted_path(path), 4 * weights)
    last: list[Progress] = []
    with progress_bar(steps, "steps") as bar, interrupts() as interrupted:

        def tell(progress: Progress, seconds: float) -> None:
            last[:] = [progress]
            bar.update(bar.task_ids[0], completed=progress.step, description=f"loss {progress.smooth_loss:.4f}")

        def complain(sentence: str) -> None:
            bar.console.print(f"diffviz: {sentence}", soft_wrap=True, markup=False, highlight=False)

        ended = run_job(
            job,
            path=path,
            command=command,
            keep=keep,
            tell=tell,
            complain=complain,
            resume=resume,
            interrupted=interrupted.is_set,
        )
    step = last[0].step
    if as_json:
        print_json({"path": str(path), "step": step, "ended": ended, "loss": last[0].smooth_loss, "data": data})
    else:
        print(f"wrote {path}")
    if not ended:
        raise ConfigError(f"Interrupted at step {step:,}; the same command with --resume goes on from there.")


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
