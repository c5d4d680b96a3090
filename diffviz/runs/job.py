"""A training run from a command line: to its end, with checkpoints on the way and a card that tells how."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from torch import Tensor

from diffviz.config import ConfigError
from diffviz.pretrained.checkpoint import Card, Learner, save_checkpoint
from diffviz.pretrained.students import save_student
from diffviz.runs.history import LossHistory
from diffviz.runs.interrupted import (
    Expected,
    Interrupted,
    expected_of_network,
    expected_of_student,
    interrupted_path,
    load_interrupted,
    save_interrupted,
)
from diffviz.runs.saves import Saves
from diffviz.student import StudentState
from diffviz.training.loop import Progress
from diffviz.training.resume import ResumeState

EVERY = 300.0  # seconds between two savings of a run under way


def kept_path(path: Path, step: int) -> Path:
    """Where the checkpoint of one step is kept, beside that of the end."""
    return path.with_stem(f"{path.stem}-{step}")


@dataclass(frozen=True, eq=False)
class Made:
    """How the weights of a card came about: after which step, by which command, in how many seconds, at what losses."""

    step: int
    command: str
    seconds: float
    losses: tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class Job:
    """A training to its end, and how what it makes is kept.

    identity: what tells it from every other training. initial: the flat weights before its first step. loop: the
    training, from the start or from a state. save: writes flat weights to a path. expected: what it leaves.
    """

    identity: str
    initial: Tensor
    loop: Callable[[ResumeState | None], Iterator[Progress]]
    save: Callable[[Path, Tensor, Made], object]
    expected: Callable[[], Expected]


def network_job(
    learner: Learner,
    loop: Callable[[ResumeState | None], Iterator[Progress]],
    *,
    seed: int,
    data: str,
    teacher: str = "",
    half: bool = False,
) -> Job:
    """The training of a network. learner: made like the loop's own, it takes the weights to be written.

    teacher: any text that tells it from others. half: keep the weights in half precision.
    """

    def save(path: Path, weights: Tensor, made: Made) -> None:
        learner.load(weights)
        save_checkpoint(path, learner, seed, made.step, data, made.command, made.seconds, made.losses, half=half)

    identity = f"{learner.settings!r} data={data} seed={seed}{teacher and f' teacher={teacher}'}"
    return Job(identity, learner.parameters.values.clone(), loop, save, partial(expected_of_network, learner))


def student_job(
    state: StudentState,
    loop: Callable[[ResumeState | None], Iterator[Progress]],
    *,
    seed: int,
    data: str,
    teacher: Card,
    half: bool = False,
) -> Job:
    """The training of a student. state: of the same settings, teacher and seed; half: keep it in half precision."""

    def save(path: Path, weights: Tensor, made: Made) -> None:
        state.load(weights)
        save_student(path, state, teacher, seed, made.step, data, made.command, made.seconds, made.losses, half=half)

    identity = f"{state.settings!r} data={data} seed={seed} teacher={teacher.sha256} half={half}"
    return Job(identity, state.initial, loop, save, lambda: expected_of_student(loop(None)))


def run_job(
    job: Job,
    *,
    path: Path,
    command: str,
    keep: Sequence[int] = (),
    tell: Callable[[Progress, float], None] = lambda progress, seconds: None,
    complain: Callable[[str], None] = lambda sentence: None,
    wait: Callable[[float], object] = time.sleep,
    resume: bool = False,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Drain the loop and write `path`; answers whether it came to its end.

    Also written, as `path` with "-N" in its name, are the weights after each step N of keep. Every five minutes, and
    once `interrupted()`, what there is is written to `path`, and to a file beside it all that is needed to go on, which
    `resume` takes up if it is of a job of the same identity. tell(progress, seconds) is called after each step,
    complain(sentence) when a file cannot be written: it is tried again at the next save, and at the end after a `wait`
    or a few.

    Raises `ConfigError` at a loss that is not finite, if there is nothing to resume, or if the end cannot be written.
    """
    state, losses, spent = None, LossHistory(200), 0.0
    if resume:
        state, losses, spent, command = load_interrupted(path, job.identity, job.expected)
    saved, last = spent, time.process_time()
    saves, written = Saves(complain, wait), None if state is None else state.step

    def checkpoint(target: Path, step: int, weights: Tensor) -> Callable[[], None]:
        """Writes the checkpoint as it is now, whenever it is called."""
        curve = tuple((int(at), round(float(loss), 5)) for at, loss in losses.curve())
        made = Made(step, command, round(spent, 1), curve)

        def write() -> None:
            nonlocal written
            job.save(target, weights, made)
            written = step if target == path else written

        return write

    if 0 in keep and not resume:
        target = kept_path(path, 0)
        saves.add(target, checkpoint(target, 0, job.initial))
        saves.attempt()
    for progress in job.loop(state):
        spent += time.process_time() - last
        if not progress.finite:
            raise ConfigError(f"The loss is not finite at step {progress.step}. Try a lower learning rate.")
        losses.add(progress.step, progress.loss)
        tell(progress, spent)
        over, stopped = progress.step == progress.steps, interrupted()
        due = over or stopped or spent - saved >= EVERY
        if progress.step in keep:
            target = kept_path(path, progress.step)
            saves.add(target, checkpoint(target, progress.step, progress.weights))
        if due:
            saved = spent
            saves.add(path, checkpoint(path, progress.step, progress.weights))
            if not over and progress.capture is not None:
                left = Interrupted(progress.capture(), LossHistory.restored(losses.state()), spent, command)
                saves.add(interrupted_path(path), partial(save_interrupted, path, job.identity, left))
        if over:
            saves.drop(interrupted_path(path))
        if over or stopped:
            if fault := saves.insist():
                there = "nothing was written" if written is None else f"what there is is of step {written:,}"
                raise ConfigError(f"{fault}; {there}.")
        elif due or progress.step in keep:
            saves.attempt()
        if stopped and not over:
            return False
        last = time.process_time()
    interrupted_path(path).unlink(missing_ok=True)
    return True
