"""Checkpoints: tensors in safetensors with a card that says what they are, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save
from torch import Tensor

from diffviz.config import ConfigError, quoted
from diffviz.pretrained.atomic import write_atomically
from diffviz.pretrained.card import from_json, to_json
from diffviz.pretrained.legacy import current_names
from diffviz.pretrained.tensors import CheckpointError, Header, Layout, layout_of, read_header, read_tensors
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState
from diffviz.training.loop import TrainingConfig, TrainState

C = TypeVar("C", bound="Card")
Learner = TrainState | ClassifierTrainState
LARGEST_POINT = 2**24  # numbers in a point that a network here may work on


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
    """SHA-256 over every tensor's name, type, shape and bytes, and over the card but for the digest and the seconds.

    So the same command gives the same digest, however fast the machine was.
    """
    return _hashed(tensors, replace(card, seconds=0.0))


def digest_with_seconds(tensors: Mapping[str, Tensor], card: Card) -> str:
    """The digest as versions 0.1 and 0.2 wrote it, which knew the seconds; `migrate` writes today's."""
    return _hashed(tensors, card)


def _hashed(tensors: Mapping[str, Tensor], card: Card) -> str:
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
    *,
    half: bool = False,
) -> Card:
    """Write a network and its card to `path` (.safetensors) by `write_checkpoint`; the card as written.

    command, seconds, losses: as on the card. half: keep the weights in half precision. Raises `ConfigError` if one is
    too large for that.
    """
    tensors = stored(train_state.network.state_dict(), half)
    settings, shape = to_json(train_state.settings), train_state.network.shape
    card = Card(settings, data, seed, step, shape, command=command, seconds=seconds, losses=losses)
    return write_checkpoint(path, tensors, card)


def stored(values: Mapping[str, Tensor], half: bool) -> dict[str, Tensor]:
    """Copies as they stand in a file. half: single precision in half; `ConfigError` if a number is too large for it."""
    kept = {name: _stored(value, half) for name, value in values.items()}
    if half and not all(torch.isfinite(tensor).all() for tensor in kept.values()):
        raise ConfigError("A weight is not finite in half precision.")
    return kept


def stored_layout(value: Tensor, half: bool) -> Layout:
    """The type and shape that it has in a file."""
    return layout_of(_stored(value, half))


def _stored(value: Tensor, half: bool) -> Tensor:
    return value.detach().half() if half and value.dtype == torch.float32 else value.detach().clone()


def write_checkpoint(path: Path, tensors: dict[str, Tensor], card: C) -> C:
    """Write `path`, then its card with the digest beside it as .json; each is written elsewhere and renamed into place.

    The card is also inside the tensors' file, and that copy is the one that `load_checkpoint` trusts: a crash between
    the two renames leaves a new checkpoint with an old .json, never tensors with a card that is not theirs.
    """
    card = replace(card, sha256=digest(tensors, card))
    text = json.dumps(asdict(card), indent=2, sort_keys=True)
    write_atomically(path, save(tensors, metadata={"card": text}))
    write_atomically(path.with_suffix(".json"), text.encode() + b"\n")
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
    tensors, card = read_checkpoint(path)
    settings = card.settings
    train_state: Learner = (
        TrainState(settings, card.shape, card.seed)
        if isinstance(settings, TrainingConfig)
        else ClassifierTrainState(settings, card.shape, card.seed)
    )
    values = current_names(tensors)
    for name, place in train_state.network.state_dict().items():
        place.copy_(values[name])
    return train_state, card


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], Card]:
    """The tensors, under the names that the file has and all in single or all in half precision, and the card.

    Raises `CheckpointError` for a file that is missing, truncated, altered, a pickle, without a card, or with tensors
    that are not those of its card's network. That is known from the header, so nothing is built for a file that lies:
    what is read takes as much memory as the file is long.
    """
    name, header = path.name, read_header(path)
    card = read_card(name, header, Card)
    try:
        network = card.settings.network.layout(card.shape)
    except ConfigError as error:
        raise CheckpointError(f"{name} has a card that makes no sense: {error}") from None
    half = any(layout.dtype == "F16" for layout in header.layouts.values())
    wanted = {key: stored_layout(place, half) for key, place in network.state_dict().items()}
    check_layouts(name, "network", wanted, current_names(header.layouts))
    tensors = read_tensors(path)
    check_contents(name, tensors, card)
    return tensors, card


def read_card(name: str, header: Header, kind: type[C]) -> C:
    """The card of a file's header; raises `CheckpointError` if there is none, or one that is not of that kind."""
    text = header.texts.get("card")
    if text is None:
        raise CheckpointError(f"{name} has no card, so nothing says what it was trained on.")
    try:
        return _card_of(json.loads(text), kind)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise CheckpointError(f"{name} has a card that cannot be read.") from None


def _card_of(values: Any, kind: type[C]) -> C:
    """The card that parsed JSON describes; raises one of the common errors if it is none."""
    losses = tuple((int(step), float(loss)) for step, loss in values["losses"])
    card = kind(**{**values, "shape": tuple(values["shape"]), "losses": losses})
    texts = (card.data, card.sha256, card.command)
    counts, numbers = (card.seed, card.step, *card.shape), [card.seconds, *(loss for _, loss in losses)]
    if not isinstance(card.config, Mapping) or not all(isinstance(text, str) for text in texts):
        raise TypeError("a card has settings and texts")
    if not all(type(count) is int and 0 <= count < 2**63 for count in counts) or not all(map(math.isfinite, numbers)):
        raise ValueError("a card counts in whole numbers and is finite")
    "".join(texts).encode()  # a half of a sign would fail whoever prints it
    if not 0 < math.prod(card.shape) <= LARGEST_POINT:
        raise ValueError("a point has numbers, but not without end")
    return card


def check_layouts(name: str, what: str, wanted: Mapping[str, Layout], layouts: Mapping[str, Layout]) -> None:
    """`CheckpointError` unless every name, shape and type of a file is one that its `what` needs."""
    if wanted.keys() != layouts.keys():
        odd = min(wanted.keys() ^ layouts.keys())
        raise CheckpointError(f"{name} does not fit its {what}: {quoted(odd)} is in only one of the two.")
    for key, needed in wanted.items():
        if layouts[key] != needed:
            was, needs = (f"{layout.dtype} {layout.shape}" for layout in (layouts[key], needed))
            raise CheckpointError(f"{name} does not fit its {what}: {key} is {was}, the {what} needs {needs}.")


def check_contents(name: str, tensors: Mapping[str, Tensor], card: Card) -> None:
    """`CheckpointError` unless the tensors are those that the card was written for, and finite."""
    if card.sha256 not in (digest(tensors, card), digest_with_seconds(tensors, card)):
        raise CheckpointError(f"{name} has been altered: its contents do not match the SHA-256 on its card.")
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{name} holds values in {key} that are not finite.")
