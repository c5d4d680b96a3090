"""The file that an interrupted training leaves beside its checkpoint, from which it goes on."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save

from diffviz.config import ConfigError
from diffviz.pretrained.atomic import write_atomically
from diffviz.pretrained.checkpoint import Learner
from diffviz.pretrained.tensors import CheckpointError, Header, Layout, layout_of, read_header, read_tensors
from diffviz.runs.history import LossHistory
from diffviz.training.loop import BINS, Progress, TrainState
from diffviz.training.resume import ResumeState


class Interrupted(NamedTuple):
    """What a training left: all that its loop held, its losses, the seconds it had computed, and its command."""

    state: ResumeState
    losses: LossHistory
    seconds: float
    command: str


class Expected(NamedTuple):
    """What the file of a training must hold: the layout of each tensor, and steps that it can have taken, short of all.

    A dimension of -1 stands for any length.
    """

    layouts: Mapping[str, Layout]
    steps: int


def interrupted_path(path: Path) -> Path:
    """Where the training of a checkpoint leaves what it holds."""
    return path.with_suffix(".resume")


def save_interrupted(path: Path, identity: str, left: Interrupted) -> None:
    """Write beside `path`, whole or not at all. identity: what tells this training from every other."""
    state, tensors = left.state, tensors_of(left.state)
    rest = {
        "step": state.step,
        "smooth_loss": state.smooth_loss,
        "seconds": left.seconds,
        "losses": left.losses.state(),
        "command": left.command,
    }
    write_atomically(interrupted_path(path), save(tensors, metadata={"identity": identity, "rest": json.dumps(rest)}))


def tensors_of(state: ResumeState) -> dict[str, torch.Tensor]:
    """The tensors of a state by the names of its fields."""
    kept = {f.name: getattr(state, f.name) for f in fields(state)}
    return {name: value for name, value in kept.items() if isinstance(value, torch.Tensor)}


def load_interrupted(path: Path, identity: str, expected: Callable[[], Expected]) -> Interrupted:
    """What the training of `path` left.

    Raises `ConfigError` if there is nothing, if it cannot be read, or if it is of another training.
    """
    target = interrupted_path(path)
    if not target.is_file():
        raise ConfigError(f"There is nothing to resume: {target} does not exist.")
    unreadable = ConfigError(f"{target} cannot be read; remove it and train from the start.")
    try:
        header = read_header(target)
    except CheckpointError:
        raise unreadable from None
    if header.texts.get("identity") != identity:
        raise ConfigError(f"{target} is of another training: its settings, data or seed are not these.")
    wanted = expected()
    try:
        return _read(target, header, wanted)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise unreadable from None


def expected_of_network(learner: Learner) -> Expected:
    """What the training of a network leaves."""
    count, bins = learner.parameters.values.numel(), BINS if isinstance(learner, TrainState) else 0
    layouts = {name: Layout("F32", (count,)) for name in ("weights", "mean", "square", "average")}
    layouts["lam_loss"] = Layout("F64", (bins,))
    memory = learner.settings.objective.times.memory() if isinstance(learner, TrainState) else None
    if memory is not None:
        layouts["time_losses"] = Layout("F64", tuple(memory.kept.shape))
    return Expected(layouts, learner.settings.steps)


def expected_of_student(loop: Iterator[Progress]) -> Expected:
    """What a student's training leaves, known from its first step; what it holds beside its weights may grow."""
    first = next(loop)
    if first.capture is None:
        raise ConfigError("This training cannot be resumed.")
    tensors = tensors_of(first.capture())
    layouts = {name: layout_of(tensor) for name, tensor in tensors.items()}
    if "beside" in layouts:
        layouts["beside"] = Layout(layouts["beside"].dtype, (-1,))
    return Expected(layouts, first.steps)


def _read(target: Path, header: Header, expected: Expected) -> Interrupted:
    """All of it, checked before it is used; raises one of the common errors if it is not as it was written."""
    if header.layouts.keys() != expected.layouts.keys():
        raise ValueError("other tensors than this training has")
    if not all(_fits(header.layouts[name], wanted) for name, wanted in expected.layouts.items()):
        raise ValueError("tensors of another type or shape than this training has")
    rest = json.loads(header.texts["rest"])
    _check_rest(rest, expected.steps)
    tensors = read_tensors(target)
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise ValueError("tensors that are not finite")
    state = ResumeState(step=rest["step"], smooth_loss=float(rest["smooth_loss"]), **tensors)
    return Interrupted(state, LossHistory.restored(rest["losses"]), float(rest["seconds"]), rest["command"])


def _fits(layout: Layout, wanted: Layout) -> bool:
    same = len(layout.shape) == len(wanted.shape) and layout.dtype == wanted.dtype
    return same and all(needed in (-1, size) for size, needed in zip(layout.shape, wanted.shape, strict=True))


def _check_rest(rest: Any, steps: int) -> None:
    """Raise one of the common errors if what is not a tensor is not as `save_interrupted` writes it."""
    losses = rest["losses"]
    counts = (rest["step"], losses["limit"], losses["stride"])
    numbers = [rest["smooth_loss"], rest["seconds"], *losses["pending"]]
    for step, loss in losses["points"]:
        numbers += [step, loss]
    if not all(type(count) is int and count > 0 for count in counts) or rest["step"] >= steps:
        raise ValueError("steps that this training does not take")
    if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers) or rest["seconds"] < 0:
        raise ValueError("losses that are no numbers")
    if losses["limit"] % 2 or len(losses["points"]) >= losses["limit"] or len(losses["pending"]) >= losses["stride"]:
        raise ValueError("more losses than are kept")
    rest["command"].encode()  # goes onto the card
