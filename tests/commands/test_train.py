"""`diffviz train`: it looks before it learns, and an interrupt loses nothing."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from diffviz.commands import job, train
from diffviz.pretrained.checkpoint import load_checkpoint, load_learner
from diffviz.training.loop import Progress
from tests.commands.conftest import Diffviz

POINTS = ("ring", "--set", "steps=9", "--set", "network.width=8", "--set", "batch=16")
LABELLED = ("digits", "--set", "network=unet", "--set", "network.width=8", "--set", "network.classes=10", *POINTS[1:3])
HUGE = ("digits", "--set", "network=unet", "--set", "network.width=256", "--set", "network.patch=1")
CLASSIFIER = ("digits", "--classify", "--set", "network.width=8", "--set", "noised=true", *POINTS[1:3])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which files may have 10,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """To learn would fail."""
    monkeypatch.setattr(job, "run_job", lambda *_, **__: pytest.fail("it trained"))


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("name", ["a.safetensors", "a.json", "a.resume", "a-4.safetensors", "a-4.json"])
def test_a_folder_in_the_place_of_a_file_is_told_before_it_learns(diffviz: Diffviz, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    status, out, err = diffviz("train", *POINTS, tmp_path / "a.safetensors", "--keep", "4")
    assert (status, out, err) == (2, "", f"diffviz: {tmp_path / name} is a folder.\n")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.usefixtures("no_training")
def test_too_little_room_is_told_before_it_learns(diffviz: Diffviz, folder: Path) -> None:
    status, out, err = diffviz("train", "ring", folder / "a.safetensors")
    assert (status, out) == (2, "") and "cannot be written: File too large.\n" in err and err.count("\n") == 1
    assert not list(folder.iterdir())


def test_a_training_that_memory_cannot_hold_is_refused_and_writes_nothing(diffviz: Diffviz, tmp_path: Path) -> None:
    status, out, err = diffviz("train", *HUGE, "--set", "batch=16384", tmp_path / "a.safetensors")
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert "would take about" in err and "are free: lower the batch" in err and "network.width" in err
    assert not list(tmp_path.iterdir())


def interrupted_at(step: int, number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have both loops be sent a signal at the end of a step."""
    for name in ("training_steps", "classifier_training_steps"):
        loop = getattr(train, name)

        def signalled(*arguments, loop=loop, **options) -> Iterator[Progress]:
            for progress in loop(*arguments, **options):
                if progress.step == step:
                    signal.raise_signal(number)
                yield progress

        monkeypatch.setattr(train, name, signalled)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("line", [POINTS, LABELLED, CLASSIFIER], ids=["points", "labels", "classifier"])
def test_an_interrupt_saves_and_resume_ends_with_the_same_bytes(
    diffviz: Diffviz,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: tuple[str, ...],
    number: signal.Signals,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert diffviz("train", *line, "whole.safetensors").status == 0
    with monkeypatch.context() as patch:
        interrupted_at(4, number, patch)
        status, out, err = diffviz("train", *line, "a.safetensors")
    assert (status, out) == (2, "wrote a.safetensors\n")
    assert err == "diffviz: Interrupted at step 4; the same command with --resume goes on from there.\n"
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"whole.safetensors", "whole.json", "a.safetensors", "a.json", "a.resume"}
    assert load_learner(Path("a.safetensors"))[1].step == 4
    assert diffviz("train", *line, "a.safetensors", "--resume").status == 0
    (one, card), (other, again) = (load_learner(Path(name)) for name in ("whole.safetensors", "a.safetensors"))
    assert torch.equal(one.parameters.values, other.parameters.values) and card.losses == again.losses
    assert not Path("a.resume").exists()


def test_resume_is_refused_with_another_teacher_and_needs_no_start(
    diffviz: Diffviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in (0, 1):
        assert diffviz("train", *LABELLED, f"teacher{seed}.safetensors", "--seed", seed).status == 0
    pupil = (*LABELLED[:5], *POINTS[1:3], "a.safetensors", "--start", "start.safetensors")
    assert diffviz("train", *LABELLED[:5], *POINTS[1:3], "start.safetensors").status == 0
    with monkeypatch.context() as patch:
        interrupted_at(4, signal.SIGINT, patch)
        assert diffviz("train", *pupil, "--teacher", "teacher0.safetensors").status == 2
    Path("start.safetensors").unlink()
    assert "of another training" in diffviz("train", *pupil, "--teacher", "teacher1.safetensors", "--resume").err
    assert "of another training" in diffviz("train", *pupil, "--resume").err
    assert diffviz("train", *pupil, "--teacher", "teacher0.safetensors", "--resume").status == 0
    assert load_checkpoint(Path("a.safetensors"))[1].command.count("diffviz train") == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_second_interrupt_ends_at_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), job.interrupts() as asked:
        assert not asked.is_set()
        signal.raise_signal(number)
        assert asked.is_set()
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_what_is_broken_off_says_so(diffviz: Diffviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "run_job", broken_off)
    assert diffviz("train", *POINTS, tmp_path / "a.safetensors") == (130, "", "diffviz: interrupted.\n")


def test_migrate_touches_nothing_unless_all_can_be_read(diffviz: Diffviz, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.safetensors", "b.safetensors")]
    assert diffviz("train", *POINTS, paths[0]).status == 0
    paths[1].write_bytes(b"nothing")
    status, out, err = diffviz("migrate", *paths)
    assert (status, out) == (2, "") and err == "diffviz: b.safetensors is truncated or no safetensors file.\n"
    assert diffviz("migrate", paths[0]) == (0, f"wrote {paths[0]}\n", "")
