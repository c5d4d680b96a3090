"""A training run from a command line: to its end, with checkpoints on the way and a card that tells how."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from torch import Tensor

from diffviz.config import ConfigError
from diffviz.training.checkpoint import save_checkpoint
from diffviz.training.device import best_device
from diffviz.training.history import LossHistory
from diffviz.training.loop import Progress, Trainee, Training, train

EVERY = 300.0  # seconds between two savings of a run under way


def run_job(
    settings: Training,
    points: Tensor,
    labels: Tensor | None,
    *,
    seed: int,
    data: str,
    path: Path,
    command: str,
    keep: Sequence[int] = (),
    tell: Callable[[Progress, float], None] = lambda progress, seconds: None,
) -> None:
    """Train to the end and write `path`; also, as `path` with "-N" in its name, the weights after each step N of keep.

    What there is after every five minutes is written to `path` too, so that a run cut off leaves its last weights.
    tell(progress, seconds) is called after each step. Raises `ConfigError` at a loss that is not finite.
    """
    trainee, losses = Trainee(settings, tuple(points.shape[1:]), seed), LossHistory(200)
    spent, saved, last = 0.0, 0.0, time.perf_counter()

    def write(target: Path, weights: Tensor, step: int) -> None:
        trainee.load(weights)
        curve = tuple((int(at), round(float(loss), 5)) for at, loss in losses.curve())
        save_checkpoint(target, trainee, seed, step, data, command, round(spent, 1), curve)

    if 0 in keep:
        write(path.with_stem(f"{path.stem}-0"), trainee.parameters.values.clone(), 0)
    for progress in train(settings, points, seed, labels, best_device()):
        spent += time.perf_counter() - last
        if not progress.finite:
            raise ConfigError(f"The loss is not finite at step {progress.step}. Try a lower learning rate.")
        losses.add(progress.step, progress.loss)
        tell(progress, spent)
        if progress.step in keep:
            write(path.with_stem(f"{path.stem}-{progress.step}"), progress.weights, progress.step)
        if progress.step == settings.steps or spent - saved >= EVERY:
            write(path, progress.weights, progress.step)
            saved = spent
        last = time.perf_counter()

