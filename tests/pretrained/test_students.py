"""A student comes back from its file as it was written, to its own teacher alone, and a damaged file is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from safetensors.torch import load_file, save_file

from diffviz.config import ConfigError
from diffviz.noise import WhiteNoise
from diffviz.pretrained import students
from diffviz.pretrained.checkpoint import Card, load_learner, save_checkpoint, write_checkpoint
from diffviz.pretrained.students import StudentCard, load_student, save_student, student_of
from diffviz.pretrained.tensors import CheckpointError, read_header
from diffviz.samplers import prior
from diffviz.training.loop import TrainState
from tests.pretrained.test_hostile_files import JUNK, changed, headers, places, read_or_refused, stamped, with_text
from tests.toy_student import Toy, ToyState, teacher_at

SETTINGS = Toy(steps=7, fast=True)


class Kept(NamedTuple):
    """A student in a file, with its teacher."""

    path: Path
    state: ToyState
    teacher: TrainState
    taught_by: Card
    card: StudentCard


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(students.STUDENTS, "toy", Toy)


@pytest.fixture(params=[False, True], ids=["single", "half"])
def kept(tmp_path: Path, request: pytest.FixtureRequest) -> Kept:
    teacher, taught_by = teacher_at(tmp_path / "teacher.safetensors")
    state = SETTINGS.state(teacher, 3)
    state.load(torch.randn(len(state.initial), generator=torch.Generator().manual_seed(1)))
    path = tmp_path / "a.safetensors"
    card = save_student(path, state, taught_by, 3, 7, "ring", "diffviz", 1.5, ((1, 2.0),), half=request.param)
    return Kept(path, state, teacher, taught_by, card)


def read(kept: Kept) -> bool:
    return read_or_refused(kept.path, lambda: load_student(kept.path, kept.teacher, kept.taught_by))


def test_a_student_makes_the_same_data_again_and_its_card_says_how_it_was_made(kept: Kept) -> None:
    state, card = load_student(kept.path, kept.teacher, kept.taught_by)
    assert card == kept.card and card.method == SETTINGS and card.teacher == kept.taught_by.sha256
    assert (card.seed, card.step, card.seconds, card.losses) == (3, 7, 1.5, ((1, 2.0),))
    assert json.loads(kept.path.with_suffix(".json").read_text())["config"]["kind"] == "toy"
    noise = WhiteNoise(0, (64, 2))
    before, after = (
        student_of(one).run(prior(kept.teacher.model.schedule, noise), 2, noise) for one in (kept.state, state)
    )
    torch.testing.assert_close(after.final, before.final, rtol=0, atol=3e-2 if card.half else 0)
    assert after.nfe == 2


def test_only_single_precision_is_kept_in_half(kept: Kept) -> None:
    layouts = read_header(kept.path).layouts
    kinds = {name: layout.dtype for name, layout in layouts.items()}
    assert kinds.pop("number") == "F64" and set(kinds.values()) == {"F16" if kept.card.half else "F32"}
    state, _ = load_student(kept.path, kept.teacher, kept.taught_by)
    assert all(value.dtype != torch.float16 for value in state.tensors().values())


def test_a_student_of_another_network_is_refused(kept: Kept, tmp_path: Path) -> None:
    other = TrainState(kept.teacher.settings, (2,), 1)
    card = save_checkpoint(tmp_path / "other.safetensors", other, 1, 4, "ring")
    with pytest.raises(CheckpointError, match="student of another network"):
        load_student(kept.path, other, card)


def test_networks_and_students_are_not_mistaken_for_one_another(kept: Kept) -> None:
    with pytest.raises(CheckpointError, match="card that cannot be read"):
        load_learner(kept.path)
    with pytest.raises(CheckpointError, match="card that cannot be read"):
        load_student(kept.path.with_name("teacher.safetensors"), kept.teacher, kept.taught_by)


def test_what_half_precision_cannot_hold_is_not_written(kept: Kept, tmp_path: Path) -> None:
    kept.state.load(torch.full_like(kept.state.initial, 1e6))
    path = tmp_path / "b.safetensors"
    with pytest.raises(ConfigError, match="not finite in half precision"):
        save_student(path, kept.state, kept.taught_by, 3, 7, "ring", half=True)
    assert not path.exists()


def test_altered_numbers_are_refused(kept: Kept) -> None:
    tensors = load_file(kept.path)
    for value in (1.0, torch.nan):
        altered = {**tensors, "number": tensors["number"] + value}
        save_file(altered, kept.path, metadata={"card": json.dumps(vars(kept.card))})
        with pytest.raises(CheckpointError, match="has been altered"):
            load_student(kept.path, kept.teacher, kept.taught_by)
    write_checkpoint(kept.path, altered, kept.card)  # stamped by a forger
    with pytest.raises(CheckpointError, match="not finite"):
        load_student(kept.path, kept.teacher, kept.taught_by)


@pytest.mark.parametrize("text", JUNK.values(), ids=JUNK)
def test_junk_in_any_place_of_a_card(kept: Kept, text: str) -> None:
    tensors, values = load_file(kept.path), {**vars(kept.card), "config": dict(kept.card.config)}
    accepted = []
    for place in places(values):
        card_text = with_text(values, place, text)
        try:
            card_text = json.dumps(stamped(tensors, json.loads(card_text)))
        except (ValueError, RecursionError):  # no forger could stamp these
            continue
        save_file(tensors, kept.path, metadata={"card": card_text})
        if read(kept):
            accepted.append(place)
    assert len(accepted) <= 8, accepted  # a seed, a step or a switch may well be


def test_tensors_of_other_types_shapes_and_names(kept: Kept) -> None:
    tensors = load_file(kept.path)
    honest = {name: (value.dtype, value.shape) for name, value in tensors.items()}
    for variant in changed(tensors):
        if {name: (value.dtype, value.shape) for name, value in variant.items()} != honest:
            save_file(variant, kept.path, metadata={"card": json.dumps(vars(kept.card))})
            assert not read(kept)


def test_headers_that_lie(kept: Kept) -> None:
    content = kept.path.read_bytes()
    for variant in headers(content):
        kept.path.write_bytes(variant)
        read(kept)
    for length in range(0, len(content), 97):
        kept.path.write_bytes(content[:length])
        assert not read(kept)
