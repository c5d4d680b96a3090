"""A training run from a command line: to its end, with checkpoints on the way and a card that tells how."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from diffviz.config import ConfigError
from diffviz.pretrained.checkpoint import Learner, save_checkpoint
from diffviz.runs.history import LossHistory
from diffviz.runs.interrupted import Interrupted, interrupted_path, load_interrupted, save_interrupted
from diffviz.runs.saves import Saves
from diffviz.training.loop import Progress
from diffviz.training.resume import ResumeState

EVERY = 300.0  # seconds between two savings of a run under way


def kept_path(path: Path, step: int) -> Path:
    """Where the checkpoint of one step is kept, beside that of the end."""
    return path.with_stem(f"{path.stem}-{step}")


def run_job(
    train_state: Learner,
    make_loop: Callable[[ResumeState | None], Iterator[Progress]],
    *,
    seed: int,
    data: str,
    path: Path,
    command: str,
    teacher: str = "",
    keep: Sequence[int] = (),
    tell: Callable[[Progress, float], None] = lambda progress, seconds: None,
    complain: Callable[[str], None] = lambda sentence: None,
    wait: Callable[[float], object] = time.sleep,
    resume: bool = False,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Drain the loop and write `path`; answers whether it came to its end.

    Also written, as `path` with "-N" in its name, are the weights after each step N of keep. train_state: made like the
    loop's own, it takes the weights to be written. Every five minutes, and once `interrupted()`, what there is is
    written to `path`, and to a file beside it all that is needed to go on, which `resume` takes up if data, seed,
    settings and teacher (any text that tells it from others) are the same. make_loop: the loop from the start, or from
    a state. tell(progress, seconds) is called after each step, complain(sentence) when a file cannot be written: it is
    tried again at the next save, and at the end after a `wait` or a few.

    Raises `ConfigError` at a loss that is not finite, if there is nothing to resume, or if the end cannot be written.
    """
    identity = f"{train_state.settings!r} data={data} seed={seed}{teacher and f' teacher={teacher}'}"
    state, losses, spent = None, LossHistory(200), 0.0
    if resume:
        state, losses, spent, command = load_interrupted(path, identity, train_state)
    saved, last = spent, time.perf_counter()
    saves, written = Saves(complain, wait), None if state is None else state.step

    def checkpoint(target: Path, step: int, weights: Tensor) -> Callable[[], None]:
        """Writes the checkpoint as it is now, whenever it is called."""
        curve = tuple((int(at), round(float(loss), 5)) for at, loss in losses.curve())
        seconds = round(spent, 1)

        def write() -> None:
            nonlocal written
            train_state.load(weights)
            save_checkpoint(target, train_state, seed, step, data, command, seconds, curve)
            written = step if target == path else written

        return write

    if 0 in keep and not resume:
        target = kept_path(path, 0)
        saves.add(target, checkpoint(target, 0, train_state.parameters.values.clone()))
        saves.attempt()
    for progress in make_loop(state):
        spent += time.perf_counter() - last
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
                saves.add(interrupted_path(path), partial(save_interrupted, path, identity, left))
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
        last = time.perf_counter()
    interrupted_path(path).unlink(missing_ok=True)
    return True
