"""A training from a command line that is interrupted goes on as if it had not been."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import Ring, prepare
from diffviz.networks import MLP, Classifier
from diffviz.pretrained.checkpoint import load_checkpoint, load_classifier
from diffviz.runs.interrupted import interrupted_path
from diffviz.runs.job import run_job
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState, classifier_training_steps
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

CONFIG = TrainingConfig(batch=32, steps=30, network=MLP(width=8, depth=1, x_features=4))
POINTS = prepare(Ring(), 64, 0).points
IMAGES = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
LABELS = torch.arange(40) % 10
JUDGE = ClassifierTrainingConfig(batch=16, steps=12, network=Classifier(8, features=8), noised=True)


def job(path: Path, seed: int = 0, after: int | None = None, resume: bool = False) -> bool:
    """Train, and be interrupted once `after` steps have been taken."""
    taken: list[int] = []
    return run_job(
        TrainState(CONFIG, (2,), seed),
        lambda state: training_steps(CONFIG, POINTS, seed, resume=state),
        seed=seed,
        data="ring",
        path=path,
        command="first command",
        tell=lambda progress, seconds: taken.append(progress.step),
        resume=resume,
        interrupted=lambda: after is not None and taken[-1] >= after,
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
            ClassifierTrainState(JUDGE, (1, 8, 8), 0),
            _classify,
            seed=0,
            data="noise",
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
