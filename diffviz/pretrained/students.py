"""Students of networks: what they are kept in, and those that come with the lab.

Each that ships was made by the command on its card, such as

    diffviz distill progressive swiss-roll assets/students/swiss-roll-progressive.safetensors

and learned from the network of these data that ships (`pretrained.shapes`, `pretrained.digits`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch

from diffviz.config import ConfigError, quoted
from diffviz.distillation.consistency import ConsistencyDistillation, ConsistencyTraining
from diffviz.distillation.progressive import ProgressiveDistillation
from diffviz.distillation.rectified_flow import RectifiedFlow
from diffviz.locations import ASSETS
from diffviz.pretrained import digits, shapes
from diffviz.pretrained.card import built, to_json
from diffviz.pretrained.checkpoint import (
    Card,
    check_contents,
    check_layouts,
    load_checkpoint,
    read_card,
    stored,
    stored_layout,
    write_checkpoint,
)
from diffviz.pretrained.tensors import CheckpointError, read_header, read_tensors
from diffviz.student import Method, Student, StudentState
from diffviz.timesteps.ld3 import LD3
from diffviz.training.loop import TrainState

STUDENTS: dict[str, type[Method]] = {
    "progressive": ProgressiveDistillation,
    "consistency": ConsistencyDistillation,
    "consistency-training": ConsistencyTraining,
    "ld3": LD3,
    "rectified-flow": RectifiedFlow,
}
FOLDER, DIGITS = ASSETS / "students", "mnist"


@dataclass(frozen=True)
class StudentCard(Card):
    """What a student's file holds, as on `Card`, whose config is here the method with its slug as `kind`.

    teacher: the digest on the card of the network that it learned from. half: whether single precision is kept in half.
    """

    teacher: str = field(kw_only=True)
    half: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.teacher, str) or not isinstance(self.half, bool):
            raise TypeError("a teacher is named by a text, and half is true or false")

    @property
    def method(self) -> Method:
        """How it learned; raises `ConfigError` if that makes no sense."""
        kind = self.config.get("kind")
        if not isinstance(kind, str) or kind not in STUDENTS:
            raise ConfigError(f"{quoted(kind)} is no known method.")
        return built(STUDENTS[kind], {name: value for name, value in self.config.items() if name != "kind"})


def slug_of(method: Method) -> str:
    """The name of a method in the catalogue; raises `ConfigError` if it is not listed."""
    for slug, kind in STUDENTS.items():
        if type(method) is kind:
            return slug
    raise ConfigError(f"{type(method).__name__} is in no catalogue, so its student cannot be saved.")


def save_student(
    path: Path,
    state: StudentState,
    teacher: Card,
    seed: int,
    step: int,
    data: str,
    command: str = "",
    seconds: float = 0.0,
    losses: tuple[tuple[int, float], ...] = (),
    *,
    half: bool = False,
) -> StudentCard:
    """Write a student with its card, whole or not at all, as `write_checkpoint` does; the card as written.

    teacher: the card of the network that it learned from. half: keep single precision in half. Raises `ConfigError` if
    its method is not listed, or if a weight is too large for half.
    """
    tensors = stored(state.tensors(), half)
    method: Mapping[str, Any] = {"kind": slug_of(state.settings), **to_json(state.settings)}
    card = StudentCard(
        method,
        data,
        seed,
        step,
        teacher.shape,
        command=command,
        seconds=seconds,
        losses=losses,
        teacher=teacher.sha256,
        half=half,
    )
    return write_checkpoint(path, tensors, card)


def load_student(path: Path, teacher: TrainState, taught_by: Card) -> tuple[StudentState, StudentCard]:
    """Read a student back, as it was written; `student_of` gives what makes data.

    teacher, taught_by: the network that it learned from, and its card. Raises `CheckpointError` for a file that is
    missing, truncated, altered, a pickle or without a card, for the student of another network, and for tensors that
    are not those of its card's method.
    """
    name, header = path.name, read_header(path)
    card = read_card(name, header, StudentCard)
    if card.teacher != taught_by.sha256 or card.shape != taught_by.shape:
        raise CheckpointError(f"{name} holds the student of another network than this teacher.")
    try:
        state = card.method.state(teacher, card.seed)
    except ConfigError as error:
        raise CheckpointError(f"{name} has a card that makes no sense: {error}") from None
    places = state.tensors()
    wanted = {key: stored_layout(place, card.half) for key, place in places.items()}
    check_layouts(name, "method", wanted, header.layouts)
    tensors = read_tensors(path)
    check_contents(name, tensors, card)
    with torch.no_grad():
        for key, place in places.items():
            place.copy_(tensors[key])
    return state, card


def student_of(state: StudentState) -> Student:
    """What makes data, of the weights as they are."""
    return state.load(state.initial)


class ShippedStudent(NamedTuple):
    """A student that comes with the lab, the card of its file, and the card of its teacher."""

    student: Student
    card: StudentCard
    taught_by: Card


def shipped_path(slug: str, data: str) -> Path:
    """Where the student of a method stands, whether there is one or not. data: "mnist", or a shape by its slug."""
    return FOLDER / f"{data}-{slug}.safetensors"


def shipped_students(data: str | None) -> dict[str, type[Method]]:
    """The methods, in the catalogue's order, whose student comes with the lab; none for data without a network."""
    return {} if data is None else {slug: kind for slug, kind in STUDENTS.items() if shipped_path(slug, data).is_file()}


def shipped_student(slug: str, data: str | None) -> ShippedStudent:
    """The student of a method for some data; raises `ConfigError` where none ships, and for a damaged file."""
    if data is None or slug not in shipped_students(data):
        raise ConfigError(f"For these data no student by {quoted(slug)} comes with the lab.")
    return _load(slug, data)


@lru_cache(maxsize=16)
def _load(slug: str, data: str) -> ShippedStudent:
    teacher, taught_by = load_checkpoint(teacher_path(data))
    state, card = load_student(shipped_path(slug, data), teacher, taught_by)
    return ShippedStudent(student_of(state), card, taught_by)


def teacher_path(data: str) -> Path:
    """Where the network of some data stands, from which the students that ship have learned."""
    return digits.FOLDER / "unconditional.safetensors" if data == DIGITS else shapes.FOLDER / f"{data}.safetensors"
