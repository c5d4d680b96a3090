"""A training run from a command line: to its end, with checkpoints on the way and a card that tells how."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from diffviz.config import ConfigError
from diffviz.pretrained.checkpoint import Learner, save_checkpoint
from diffviz.runs.history import LossHistory
from diffviz.training.loop import Progress

EVERY = 300.0  # seconds between two savings of a run under way


def run_job(
    train_state: Learner,
    loop: Iterator[Progress],
    *,
    seed: int,
    data: str,
    path: Path,
    command: str,
    keep: Sequence[int] = (),
    tell: Callable[[Progress, float], None] = lambda progress, seconds: None,
) -> None:
    """Drain the loop and write `path`; also, as `path` with "-N" in its name, the weights after each step N of keep.

    trainee: made like the loop's own, it takes the weights to be written. What there is after every five minutes is
    written to `path` too, so that a run cut off leaves its last weights. tell(progress, seconds) is called after each
    step. Raises `ConfigError` at a loss that is not finite.
    """
    losses, spent, saved, last = LossHistory(200), 0.0, 0.0, time.perf_counter()

    def write(target: Path, step: int) -> None:
        curve = tuple((int(at), round(float(loss), 5)) for at, loss in losses.curve())
        save_checkpoint(target, train_state, seed, step, data, command, round(spent, 1), curve)

    if 0 in keep:
        write(path.with_stem(f"{path.stem}-0"), 0)
    for progress in loop:
        spent += time.perf_counter() - last
        if not progress.finite:
            raise ConfigError(f"The loss is not finite at step {progress.step}. Try a lower learning rate.")
        losses.add(progress.step, progress.loss)
        tell(progress, spent)
        kept, over = progress.step in keep, progress.step == progress.steps
        if kept or over or spent - saved >= EVERY:
            train_state.load(progress.weights)
        if kept:
            write(path.with_stem(f"{path.stem}-{progress.step}"), progress.step)
        if over or spent - saved >= EVERY:
            write(path, progress.step)
            saved = spent
        last = time.perf_counter()
