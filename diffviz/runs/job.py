"""A training run from a command line: to its end, with checkpoints on the way and a card that tells how."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from diffviz.config import ConfigError
from diffviz.pretrained.checkpoint import Learner, save_checkpoint
from diffviz.runs.history import LossHistory
from diffviz.runs.interrupted import Interrupted, interrupted_path, load_interrupted, save_interrupted
from diffviz.training.loop import Progress
from diffviz.training.resume import ResumeState

EVERY = 300.0  # seconds between two savings of a run under way


def run_job(
    train_state: Learner,
    make_loop: Callable[[ResumeState | None], Iterator[Progress]],
    *,
    seed: int,
    data: str,
    path: Path,
    command: str,
    keep: Sequence[int] = (),
    tell: Callable[[Progress, float], None] = lambda progress, seconds: None,
    resume: bool = False,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Drain the loop and write `path`; answers whether it came to its end.

    Also written, as `path` with "-N" in its name, are the weights after each step N of keep. train_state: made like the
    loop's own, it takes the weights to be written. Every five minutes, and once `interrupted()`, what there is is
    written to `path`, and to a file beside it all that is needed to go on, which `resume` takes up. make_loop: the loop
    from the start, or from a state. tell(progress, seconds) is called after each step. Raises `ConfigError` at a loss
    that is not finite, or if there is nothing to resume.
    """
    identity = f"{train_state.settings!r} data={data} seed={seed}"
    state, losses, spent = None, LossHistory(200), 0.0
    if resume:
        state, losses, spent, command = load_interrupted(path, identity)
    saved, last = spent, time.perf_counter()

    def write(target: Path, progress: Progress | None) -> None:
        if progress is not None:
            train_state.load(progress.weights)
        curve = tuple((int(at), round(float(loss), 5)) for at, loss in losses.curve())
        step = 0 if progress is None else progress.step
        save_checkpoint(target, train_state, seed, step, data, command, round(spent, 1), curve)

    if 0 in keep and not resume:
        write(path.with_stem(f"{path.stem}-0"), None)
    for progress in make_loop(state):
        spent += time.perf_counter() - last
        if not progress.finite:
            raise ConfigError(f"The loss is not finite at step {progress.step}. Try a lower learning rate.")
        losses.add(progress.step, progress.loss)
        tell(progress, spent)
        if progress.step in keep:
            write(path.with_stem(f"{path.stem}-{progress.step}"), progress)
        over, stopped = progress.step == progress.steps, interrupted()
        if over or stopped or spent - saved >= EVERY:
            write(path, progress)
            saved = spent
            if not over and progress.capture is not None:
                save_interrupted(path, identity, Interrupted(progress.capture(), losses, spent, command))
            if stopped and not over:
                return False
        last = time.perf_counter()
    interrupted_path(path).unlink(missing_ok=True)
    return True
