"""A training from a command line that is interrupted goes on as if it had not been."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import Ring, prepare
from diffviz.networks import MLP, Classifier
from diffviz.pretrained.checkpoint import load_checkpoint, load_classifier
from diffviz.runs import job as jobs
from diffviz.runs.interrupted import interrupted_path
from diffviz.runs.job import network_job, run_job
from diffviz.runs.saves import PAUSES
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState, classifier_training_steps
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

CONFIG = TrainingConfig(batch=32, steps=30, network=MLP(width=8, depth=1, x_features=4))
POINTS = prepare(Ring(), 64, 0).points
IMAGES = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
LABELS = torch.arange(40) % 10
JUDGE = ClassifierTrainingConfig(batch=16, steps=12, network=Classifier(8, features=8), noised=True)


def job(path: Path, seed: int = 0, after: int | None = None, resume: bool = False, **options) -> bool:
    """Train, and be interrupted once `after` steps have been taken."""
    taken: list[int] = []
    loop = partial(training_steps, CONFIG, POINTS, seed)
    return run_job(
        network_job(TrainState(CONFIG, (2,), seed), lambda state: loop(resume=state), seed=seed, data="ring"),
        path=path,
        command="first command",
        tell=lambda progress, seconds: taken.append(progress.step),
        resume=resume,
        interrupted=lambda: after is not None and taken[-1] >= after,
        **options,
    )


def test_an_interrupted_training_ends_with_the_very_same_weights_and_losses(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    assert job(whole)
    assert not job(broken, after=7)
    assert load_checkpoint(broken)[1].step == 7 and interrupted_path(broken).is_file()
    assert not job(broken, after=19, resume=True)
    assert job(broken, resume=True)
    (one, card), (other, again) = load_checkpoint(whole), load_checkpoint(broken)
    assert torch.equal(one.parameters.values, other.parameters.values)
    assert again.losses == card.losses and again.step == 30 and again.command == "first command"
    assert not interrupted_path(broken).exists()


def test_a_classifier_goes_on_too(tmp_path: Path) -> None:
    def train(path: Path, after: int = 100, resume: bool = False) -> bool:
        looks = iter(range(100))
        return run_job(
            network_job(ClassifierTrainState(JUDGE, (1, 8, 8), 0), _classify, seed=0, data="noise"),
            path=path,
            command="",
            resume=resume,
            interrupted=lambda: next(looks) == after,
        )

    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    assert train(whole) and not train(broken, after=4) and train(broken, resume=True)
    one, other = (load_classifier(path)[0].parameters.values for path in (whole, broken))
    assert torch.equal(one, other)


def _classify(state):
    return classifier_training_steps(JUDGE, IMAGES, LABELS, 0, resume=state)


def test_what_cannot_be_resumed_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ring.safetensors"
    with pytest.raises(ConfigError, match="nothing to resume"):
        job(path, resume=True)
    job(path, after=3)
    with pytest.raises(ConfigError, match="of another training"):
        job(path, seed=1, resume=True)
    interrupted_path(path).write_bytes(b"not a tensor")
    with pytest.raises(ConfigError, match="cannot be read"):
        job(path, resume=True)


class Disk:
    """A disk that is full at certain writes, counted from 0."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, full) -> None:
        self.full, self.writes, fsync = full, 0, os.fsync

        def counted(handle: int) -> None:
            self.writes += 1
            if self.full(self.writes - 1):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fsync(handle)

        monkeypatch.setattr(os, "fsync", counted)


def test_training_goes_on_where_the_disk_is_full_and_writes_at_the_next_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "EVERY", 0.0)
    disk, told = Disk(monkeypatch, lambda write: write < 7), []
    path, kept = tmp_path / "a.safetensors", tmp_path / "a-2.safetensors"
    assert job(path, complain=told.append, keep=[2], wait=lambda seconds: pytest.fail("it waited"))
    assert disk.writes > 7 and load_checkpoint(path)[1].step == 30
    assert told and all("No space left on device; training goes on" in sentence for sentence in told)
    assert load_checkpoint(kept)[1].step == 2 and load_checkpoint(kept)[1].losses[-1][0] == 2
    assert {p.name for p in tmp_path.iterdir()} == {"a.safetensors", "a.json", "a-2.safetensors", "a-2.json"}


def test_what_is_needed_to_go_on_is_not_owed_any_more_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "EVERY", 0.0)
    monkeypatch.setattr(jobs, "save_interrupted", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    assert job(tmp_path / "a.safetensors", wait=lambda seconds: pytest.fail("it waited"))
    assert {p.name for p in tmp_path.iterdir()} == {"a.safetensors", "a.json"}


def test_at_the_end_it_waits_for_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, told, waited = Disk(monkeypatch, lambda write: write < 2), [], []
    path = tmp_path / "a.safetensors"
    assert job(path, complain=told.append, wait=waited.append)
    assert waited == list(PAUSES[:2]) and len(told) == 1 and disk.writes > 2
    assert load_checkpoint(path)[1].step == 30


def test_an_end_that_cannot_be_written_is_told_with_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, waited = tmp_path / "a.safetensors", []
    disk = Disk(monkeypatch, lambda write: True)
    with pytest.raises(ConfigError, match=r"No space left on device; nothing was written\.$"):
        job(path, wait=waited.append)
    assert waited == list(PAUSES) and not list(tmp_path.iterdir())
    disk.full = lambda write: False
    assert not job(path, after=7)
    disk.full = lambda write: True
    with pytest.raises(ConfigError, match=r"No space left on device; what there is is of step 7\.$"):
        job(path, resume=True, wait=waited.append)
    assert load_checkpoint(path)[1].step == 7
    disk.full = lambda write: False
    assert job(path, resume=True) and load_checkpoint(path)[1].step == 30


def test_what_goes_on_later_may_be_read_by_whoever_may_read_other_files_there(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    before = os.umask(0o037)
    try:
        for _ in range(2):  # also where it replaces
            assert not job(path, after=3)
            assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o640}
            path.chmod(0o600)
    finally:
        os.umask(before)
