"""The file that an interrupted training leaves beside its checkpoint, from which it goes on."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.runs.history import LossHistory
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
    target, state = interrupted_path(path), left.state
    tensors = {f.name: getattr(state, f.name) for f in fields(state) if f.name not in ("step", "smooth_loss")}
    rest = {
        "step": state.step,
        "smooth_loss": state.smooth_loss,
        "seconds": left.seconds,
        "losses": left.losses.state(),
        "command": left.command,
    }
    part = target.with_name(f".{target.name}.part")
    save_file(tensors, part, metadata={"identity": identity, "rest": json.dumps(rest)})
    part.replace(target)


def load_interrupted(path: Path, identity: str) -> Interrupted:
    """What the training of `path` left.

    Raises `ConfigError` if there is nothing, if it cannot be read, or if it is of another training.
    """
    target = interrupted_path(path)
    if not target.is_file():
        raise ConfigError(f"There is nothing to resume: {target} does not exist.")
    try:
        with safe_open(target, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        rest = json.loads(metadata["rest"])
        state = ResumeState(step=rest["step"], smooth_loss=rest["smooth_loss"], **tensors)
        left = Interrupted(state, LossHistory.restored(rest["losses"]), float(rest["seconds"]), rest["command"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        raise ConfigError(f"{target} cannot be read; remove it and train from the start.") from None
    if metadata.get("identity") != identity:
        raise ConfigError(f"{target} is of another training: its settings, data or seed are not these.")
    return left
