"""Checkpoints: tensors in safetensors with a card that says what they are, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.pretrained.card import from_json, to_json
from diffviz.pretrained.legacy import current_names
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState
from diffviz.training.loop import TrainingConfig, TrainState

Learner = TrainState | ClassifierTrainState


class CheckpointError(ConfigError):
    """A checkpoint that cannot be trusted; its message is one sentence that says why."""


@dataclass(frozen=True)
class Card:
    """What a checkpoint holds.

    config: the training settings as JSON. data: the id of the data set. step: after which step of training the weights
    are. shape: of one point. sha256: of tensors and card (`digest`). command, seconds, losses: what made it, the
    seconds of computing, and the loss curve as (step, loss), if recorded.
    """

    config: Mapping[str, Any]
    data: str
    seed: int
    step: int
    shape: tuple[int, ...]
    sha256: str = ""
    command: str = ""
    seconds: float = 0.0
    losses: tuple[tuple[int, float], ...] = ()

    @property
    def settings(self) -> TrainingConfig | ClassifierTrainingConfig:
        """The training settings; raises `ConfigError` if they make no sense."""
        return from_json(self.config)


def digest(tensors: Mapping[str, Tensor], card: Card) -> str:
    """SHA-256 over every tensor's name, type, shape and bytes, and over the rest of the card."""
    card_text = json.dumps({**asdict(card), "sha256": ""}, sort_keys=True)
    hashed = hashlib.sha256(card_text.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous().cpu()
        hashed.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        hashed.update(tensor.numpy().tobytes())
    return hashed.hexdigest()


def save_checkpoint(
    path: Path,
    train_state: Learner,
    seed: int,
    step: int,
    data: str,
    command: str = "",
    seconds: float = 0.0,
    losses: tuple[tuple[int, float], ...] = (),
) -> Card:
    """Write a network and its card to `path` (.safetensors) by `write_checkpoint`; the card as written.

    command, seconds, losses: as on the card.
    """
    tensors = {name: value.detach().clone() for name, value in train_state.network.state_dict().items()}
    settings, shape = to_json(train_state.settings), train_state.network.shape
    card = Card(settings, data, seed, step, shape, command=command, seconds=seconds, losses=losses)
    return write_checkpoint(path, tensors, card)


def write_checkpoint(path: Path, tensors: dict[str, Tensor], card: Card) -> Card:
    """Write `path`, then its card with the digest beside it as .json; each is written elsewhere and renamed into place.

    The card is also inside the tensors' file, and that copy is the one that `load_checkpoint` trusts: a crash between
    the two renames leaves a new checkpoint with an old .json, never tensors with a card that is not theirs.
    """
    card = replace(card, sha256=digest(tensors, card))
    text = json.dumps(asdict(card), indent=2, sort_keys=True)
    _replace(path, save(tensors, metadata={"card": text}))
    _replace(path.with_suffix(".json"), text.encode() + b"\n")
    return card


def load_checkpoint(path: Path) -> tuple[TrainState, Card]:
    """Read a score network back, ready to predict with `train_state.model`.

    Raises `CheckpointError` for a file that is missing, truncated, altered, a pickle, or of another shape than its
    card's network, and for one that holds a classifier.
    """
    train_state, card = load_learner(path)
    if not isinstance(train_state, TrainState):
        raise CheckpointError(f"{path.name} holds a classifier, not a score network.")
    return train_state, card


def load_classifier(path: Path) -> tuple[ClassifierTrainState, Card]:
    """Read a classifier back; raises `CheckpointError` like `load_checkpoint`."""
    train_state, card = load_learner(path)
    if not isinstance(train_state, ClassifierTrainState):
        raise CheckpointError(f"{path.name} holds a score network, not a classifier.")
    return train_state, card


def load_learner(path: Path) -> tuple[Learner, Card]:
    """Read a network of either kind back; raises `CheckpointError` like `load_checkpoint`."""
    name = path.name
    tensors, card = read_checkpoint(path)
    try:
        settings = card.settings
        train_state: Learner = (
            TrainState(settings, card.shape, card.seed)
            if isinstance(settings, TrainingConfig)
            else ClassifierTrainState(settings, card.shape, card.seed)
        )
    except ConfigError as error:
        raise CheckpointError(f"{name} has a card that makes no sense: {error}") from None
    _fill(name, train_state, current_names(tensors))
    return train_state, card


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], Card]:
    """The tensors, under the names that the file has, and the card.

    Raises `CheckpointError` for a file that is missing, truncated, altered, a pickle, or without a card.
    """
    name = path.name
    try:
        head = path.open("rb").read(8)
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read: {error.strerror}.") from None
    if head[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05") and not _plausible(head):
        raise CheckpointError(f"{name} is a pickle, which could run code when opened; only safetensors are read.")
    try:
        with safe_open(path, framework="pt") as file:
            card_text = (file.metadata() or {}).get("card")
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, OSError, ValueError):
        raise CheckpointError(f"{name} is truncated or no safetensors file.") from None
    card = _read_card(name, card_text)
    if digest(tensors, card) != card.sha256:
        raise CheckpointError(f"{name} has been altered: its contents do not match the SHA-256 on its card.")
    return tensors, card


def _plausible(head: bytes) -> bool:
    """Whether the first eight bytes can be a safetensors header length."""
    return int.from_bytes(head, "little") < 100_000_000


def _read_card(name: str, text: str | None) -> Card:
    if text is None:
        raise CheckpointError(f"{name} has no card, so nothing says what it was trained on.")
    try:
        values = json.loads(text)
        losses = tuple((int(step), float(loss)) for step, loss in values["losses"])
        return Card(**{**values, "shape": tuple(values["shape"]), "losses": losses})
    except (ValueError, TypeError, KeyError):
        raise CheckpointError(f"{name} has a card that cannot be read.") from None


def _fill(name: str, train_state: Learner, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors in place; `CheckpointError` unless every name, shape and type is the network's own."""
    wanted = train_state.network.state_dict()
    if wanted.keys() != tensors.keys():
        odd = min(wanted.keys() ^ tensors.keys())
        raise CheckpointError(f"{name} does not fit its network: {odd} is in only one of the two.")
    for key, place in wanted.items():
        if place.shape != tensors[key].shape or place.dtype != tensors[key].dtype:
            was, needs = tuple(tensors[key].shape), tuple(place.shape)
            raise CheckpointError(f"{name} does not fit its network: {key} is {was}, the network needs {needs}.")
        if not torch.isfinite(tensors[key]).all():
            raise CheckpointError(f"{name} holds values in {key} that are not finite.")
        place.copy_(tensors[key])


def _replace(path: Path, content: bytes) -> None:
    """Write beside `path`, force it to disk, and rename: readers see the old file or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
