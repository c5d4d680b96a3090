"""Checkpoints of version 0.1: they load under this version's names, and are rewritten with nothing else changed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from diffviz.networks import MLP, Classifier, UNet
from diffviz.pretrained.checkpoint import (
    CheckpointError,
    Learner,
    digest_with_seconds,
    load_learner,
    read_checkpoint,
    save_checkpoint,
    write_checkpoint,
)
from diffviz.pretrained.migrate import migrate
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState
from diffviz.training.loop import TrainingConfig, TrainState

# Names of version 0.1, by this version's: of a network's own parts, and of the parts of its blocks.
OLD_PARTS = {
    "time_embedding": "clock",
    "label_embedding": "label",
    "in_conv": "enter",
    "down_blocks": "down",
    "downsample": "shrink",
    "mid_blocks": "low",
    "mid_attention": "attention",
    "extra_mid_blocks": "deep",
    "extra_attention": "again",
    "upsample": "grow",
    "up_blocks": "up",
    "upper_block": "upper",
    "lower_block": "lower",
    "out_norm": "norm",
    "out_layer": "leave",
}
OLD_BLOCK_PARTS = {
    "in_norm": "norm",
    "in_conv": "enter",
    "embedding_projection": "told",
    "out_norm": "middle",
    "out_conv": "leave",
}


def old_name(name: str) -> str:
    first, *rest = name.split(".")
    return ".".join([OLD_PARTS.get(first, first), *(OLD_BLOCK_PARTS.get(part, part) for part in rest)])


def learner(kind: str) -> Learner:
    """A network with every kind of part, and weights that are all drawn."""
    train_state: Learner
    if kind == "unet":
        settings = TrainingConfig(network=UNet(8, 1, classes=3, deeper=1))
        train_state = TrainState(settings, (1, 8, 8), 0)
    else:
        train_state = ClassifierTrainState(ClassifierTrainingConfig(network=Classifier(8)), (1, 8, 8), 0)
    train_state.parameters.values.normal_(std=0.3, generator=torch.Generator().manual_seed(0))
    return train_state


@pytest.fixture(params=["unet", "classifier"])
def original(request: pytest.FixtureRequest) -> Learner:
    return learner(request.param)


@pytest.fixture
def old(original: Learner, tmp_path: Path) -> Path:
    """A checkpoint of that network as version 0.1 wrote it."""
    path = tmp_path / "old.safetensors"
    save_checkpoint(path, original, 5, 123, "digits", "diffviz train", 4.5, ((1, 0.5), (2, 0.25)))
    tensors, card = read_checkpoint(path)
    write_checkpoint(path, {old_name(name): tensor for name, tensor in tensors.items()}, card)
    assert any(name.startswith("clock.") for name in load_file(path))
    return path


def predicted(train_state: Learner) -> torch.Tensor:
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return train_state.network.forward(x, 0.3)


def test_an_old_checkpoint_loads_and_predicts_the_same(original: Learner, old: Path):
    loaded, card = load_learner(old)
    assert torch.equal(predicted(loaded), predicted(original))
    assert (card.seed, card.step, card.command) == (5, 123, "diffviz train")


def test_it_is_rewritten_under_new_names_with_the_same_tensors_and_card(original: Learner, old: Path):
    before, card = read_checkpoint(old)
    migrated = migrate(old)
    after, read = read_checkpoint(old)
    assert after.keys() == original.network.state_dict().keys() != before.keys()
    assert all(torch.equal(after[name], before[old_name(name)]) for name in after)
    assert migrated == read and replace(migrated, sha256=card.sha256) == card and migrated.sha256 != card.sha256
    assert json.loads(old.with_suffix(".json").read_text())["sha256"] == migrated.sha256
    assert torch.equal(predicted(load_learner(old)[0]), predicted(original))
    assert sorted(path.name for path in old.parent.iterdir()) == ["old.json", "old.safetensors"]


def test_what_has_new_names_already_is_not_touched(old: Path):
    migrate(old)
    content, card = old.read_bytes(), old.with_suffix(".json").read_bytes()
    migrate(old)
    assert (old.read_bytes(), old.with_suffix(".json").read_bytes()) == (content, card)
    points = old.with_name("points.safetensors")
    save_checkpoint(points, TrainState(TrainingConfig(network=MLP(8, 1, 4)), (2,), 0), 0, 1, "swiss-roll")
    content = points.read_bytes()
    migrate(points)
    assert points.read_bytes() == content


def test_a_digest_of_an_earlier_version_is_read_and_rewritten(tmp_path: Path):
    """Up to version 0.2 it knew the seconds."""
    path = tmp_path / "points.safetensors"
    save_checkpoint(path, TrainState(TrainingConfig(network=MLP(8, 1, 4)), (2,), 0), 0, 1, "swiss-roll", seconds=1.5)
    tensors, card = read_checkpoint(path)
    earlier = replace(card, sha256=digest_with_seconds(tensors, card))
    assert earlier.sha256 != card.sha256
    save_file(tensors, path, metadata={"card": json.dumps(vars(earlier))})
    assert load_learner(path)[1] == earlier
    assert migrate(path) == load_learner(path)[1] == card
    save_file(tensors, path, metadata={"card": json.dumps({**vars(earlier), "seconds": 2.5})})
    with pytest.raises(CheckpointError, match="altered"):
        migrate(path)


def test_what_cannot_be_loaded_is_not_rewritten(old: Path):
    tensors, card = read_checkpoint(old)
    write_checkpoint(old, {name: tensor for name, tensor in tensors.items() if not name.startswith("enter")}, card)
    content = old.read_bytes()
    with pytest.raises(CheckpointError, match="does not fit"):
        migrate(old)
    assert old.read_bytes() == content
