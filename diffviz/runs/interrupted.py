"""The file that an interrupted training leaves beside its checkpoint, from which it goes on."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save

from diffviz.config import ConfigError
from diffviz.pretrained.atomic import write_atomically
from diffviz.pretrained.checkpoint import Learner
from diffviz.pretrained.tensors import CheckpointError, Header, Layout, read_header, read_tensors
from diffviz.runs.history import LossHistory
from diffviz.training.loop import BINS, TrainState
from diffviz.training.resume import ResumeState


class Interrupted(NamedTuple):
    """What a training left: all that its loop held, its losses, the seconds it had computed, and its command."""

    state: ResumeState
    losses: LossHistory
    seconds: float
    command: str


def interrupted_path(path: Path) -> Path:
    """Where the training of a checkpoint leaves what it holds."""
    return path.with_suffix(".resume")


def save_interrupted(path: Path, identity: str, left: Interrupted) -> None:
    """Write beside `path`, whole or not at all. identity: what tells this training from every other."""
    state = left.state
    kept = {f.name: getattr(state, f.name) for f in fields(state)}
    tensors = {name: value for name, value in kept.items() if isinstance(value, torch.Tensor)}
    rest = {
        "step": state.step,
        "smooth_loss": state.smooth_loss,
        "seconds": left.seconds,
        "losses": left.losses.state(),
        "command": left.command,
    }
    write_atomically(interrupted_path(path), save(tensors, metadata={"identity": identity, "rest": json.dumps(rest)}))


def load_interrupted(path: Path, identity: str, train_state: Learner) -> Interrupted:
    """What the training of `path` left, whose weights have the layout of those of `train_state`.

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
    try:
        return _read(target, header, train_state)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise unreadable from None


def _read(target: Path, header: Header, train_state: Learner) -> Interrupted:
    """All of it, checked before it is used; raises one of the common errors if it is not as it was written."""
    count, bins = train_state.parameters.values.numel(), BINS if isinstance(train_state, TrainState) else 0
    layouts = {name: Layout("F32", (count,)) for name in ("weights", "mean", "square", "average")}
    layouts["lam_loss"] = Layout("F64", (bins,))
    memory = train_state.settings.objective.times.memory() if isinstance(train_state, TrainState) else None
    if memory is not None:
        layouts["time_losses"] = Layout("F64", tuple(memory.kept.shape))
    if header.layouts != layouts:
        raise ValueError("other tensors than this training has")
    rest = json.loads(header.texts["rest"])
    _check_rest(rest, train_state.settings.steps)
    tensors = read_tensors(target)
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise ValueError("tensors that are not finite")
    state = ResumeState(step=rest["step"], smooth_loss=float(rest["smooth_loss"]), **tensors)
    return Interrupted(state, LossHistory.restored(rest["losses"]), float(rest["seconds"]), rest["command"])


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
