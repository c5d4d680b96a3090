"""`diffviz distill`: a student is written with its card, an interrupt loses nothing, and bad input is one sentence."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file

from diffviz.commands import job
from diffviz.pretrained import students
from diffviz.pretrained.students import load_student
from diffviz.training.loop import Progress
from tests.commands.conftest import Diffviz
from tests.toy_student import Toy, teacher_at

LINE = ("distill", "toy:steps=8", "ring", "a.safetensors", "--teacher", "teacher.safetensors", "--points", "64")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with a teacher, and the toy among the methods."""
    monkeypatch.setitem(students.STUDENTS, "toy", Toy)
    monkeypatch.chdir(tmp_path)
    teacher_at(tmp_path / "teacher.safetensors")
    return tmp_path


def interrupted_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    learn = Toy.learn

    def signalled(self: Toy, *arguments: object, **options: object) -> Iterator[Progress]:
        for progress in learn(self, *arguments, **options):  # type: ignore[arg-type]
            if progress.step == step:
                signal.raise_signal(signal.SIGINT)
            yield progress

    monkeypatch.setattr(Toy, "learn", signalled)


def test_a_student_is_written_with_what_made_it(diffviz: Diffviz, folder: Path) -> None:
    status, out, err = diffviz(*LINE, "--set", "fast=true", "--seed", "5", "--half")
    assert (status, out, err) == (0, "wrote a.safetensors\n", "")
    teacher, card = teacher_at(folder / "again.safetensors")
    kept = load_student(folder / "a.safetensors", teacher, card)[1]
    assert kept.method == Toy(steps=8, fast=True) and (kept.seed, kept.step, kept.half) == (5, 8, True)
    assert kept.command.startswith("diffviz distill toy:steps=8 ring") and len(kept.losses) == 8 and kept.seconds >= 0


def test_an_interrupt_saves_and_resume_ends_with_the_same_bytes(
    diffviz: Diffviz, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert diffviz(*LINE).status == 0
    whole = load_file("a.safetensors")
    with monkeypatch.context() as patch:
        interrupted_at(4, patch)
        status, out, err = diffviz(*LINE)
    assert (status, out) == (2, "wrote a.safetensors\n")
    assert err == "diffviz: Interrupted at step 4; the same command with --resume goes on from there.\n"
    assert (folder / "a.resume").exists()
    assert "is of another training" in diffviz(*LINE, "--seed", "1", "--resume").err
    assert diffviz(*LINE, "--resume").status == 0 and not (folder / "a.resume").exists()
    resumed = load_file("a.safetensors")
    assert whole.keys() == resumed.keys() and all((whole[name] == resumed[name]).all() for name in whole)


def test_what_was_left_is_refused_if_it_was_damaged(
    diffviz: Diffviz, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupted_at(4, patch)
        diffviz(*LINE)
    content = (folder / "a.resume").read_bytes()
    (folder / "a.resume").write_bytes(content[:-8])
    assert "cannot be read; remove it and train from the start" in diffviz(*LINE, "--resume").err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nothing", *LINE[2:]), "method must be one of"),
        (("toy:rate=9", *LINE[2:]), "Rate must be between"),
        (("toy", "ring", "a.bin"), "must end in .safetensors"),
        (("toy", "digits", *LINE[3:]), "is a network for points of shape"),
        (("toy", "digits", "a.safetensors"), "so a teacher must be named"),
        (("toy", "ring", "a.safetensors", "--teacher", "nowhere.safetensors"), "cannot be read"),
        ((*LINE[1:], "--set", "speed=3"), "has no field 'speed'"),
        ((*LINE[1:], "--resume"), "There is nothing to resume"),
    ],
)
def test_what_makes_no_sense_is_told_before_it_learns(
    diffviz: Diffviz, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    status, out, err = diffviz("distill", *words)
    assert (status, out) == (2, "") and sentence in err and err.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"teacher.safetensors", "teacher.json"}


def test_a_file_that_cannot_be_written_is_told_before_it_learns(
    diffviz: Diffviz, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "run_job", lambda *_, **__: pytest.fail("it trained"))
    (folder / "a.resume").mkdir()
    assert diffviz(*LINE).err == "diffviz: a.resume is a folder.\n"
