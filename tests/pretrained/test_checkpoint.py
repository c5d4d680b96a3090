"""Checkpoints: a round trip, and one sentence for everything that cannot be trusted."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from diffviz.config import ConfigError
from diffviz.networks import MLP
from diffviz.objectives import Denoising
from diffviz.objectives.weightings import MinSNRWeighting
from diffviz.pretrained import checkpoint
from diffviz.pretrained.card import from_json, to_json
from diffviz.pretrained.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from diffviz.schedules import SCHEDULES
from diffviz.training.loop import TrainingConfig, TrainState

SETTINGS = TrainingConfig(
    network=MLP(width=8, depth=2, x_features=4), objective=Denoising("eps", MinSNRWeighting(cap=3.0))
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    train_state = TrainState(SETTINGS, (2,), 5)
    train_state.parameters.values.normal_(generator=torch.Generator().manual_seed(0))
    save_checkpoint(tmp_path / "model.safetensors", train_state, 5, 123, "swiss-roll")
    return tmp_path / "model.safetensors"


def refused(path: Path, match: str) -> None:
    with pytest.raises(CheckpointError, match=match) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_what_is_saved_comes_back(saved: Path):
    train_state, card = load_checkpoint(saved)
    assert card.settings == SETTINGS
    assert (card.data, card.seed, card.step, card.shape) == ("swiss-roll", 5, 123, (2,))
    original = TrainState(SETTINGS, (2,), 5)
    original.parameters.values.normal_(generator=torch.Generator().manual_seed(0))
    x = torch.ones(3, 2)
    assert torch.equal(train_state.model.predict(x, 0.4).eps, original.model.predict(x, 0.4).eps)


def test_half_precision_halves_the_file_and_hardly_moves_the_answers(saved: Path):
    train_state, card = load_checkpoint(saved)
    path = saved.with_name("half.safetensors")
    save_checkpoint(path, train_state, 5, 123, "swiss-roll", half=True)
    values = load_file(saved).values()
    assert {tensor.dtype for tensor in load_file(path).values()} == {torch.float16}
    assert saved.stat().st_size - path.stat().st_size == pytest.approx(2 * sum(v.numel() for v in values), abs=100)
    other, again = load_checkpoint(path)
    assert again.settings == card.settings and again.sha256 != card.sha256
    assert other.parameters.values.dtype == torch.float32
    assert torch.equal(other.parameters.values, train_state.parameters.values.half().float())


def test_a_file_of_mixed_precision_is_refused(saved: Path):
    tensors = load_file(saved)
    first = min(tensors)
    tensors[first] = tensors[first].half()
    save_file(tensors, saved, {"card": saved.with_suffix(".json").read_text()})
    refused(saved, "does not fit its network")


def test_what_half_precision_cannot_hold_is_not_written(saved: Path):
    train_state = load_checkpoint(saved)[0]
    train_state.parameters.values.fill_(1e6)
    with pytest.raises(ConfigError, match="not finite in half precision"):
        save_checkpoint(saved.with_name("half.safetensors"), train_state, 5, 123, "swiss-roll", half=True)
    assert not saved.with_name("half.safetensors").exists()


def test_the_card_lies_beside_it_as_json(saved: Path):
    card = json.loads(saved.with_suffix(".json").read_text())
    assert card["sha256"] == load_checkpoint(saved)[1].sha256
    assert card["config"]["objective"]["weighting"] == {"kind": "min-snr", "cap": 3.0}


def test_it_may_be_read_by_whoever_may_read_other_files_there(saved: Path):
    other = saved.with_name("other")
    other.touch()
    assert saved.stat().st_mode == saved.with_suffix(".json").stat().st_mode == other.stat().st_mode


def test_the_same_training_has_the_same_digest_however_long_it_took(saved: Path):
    train_state, card = load_checkpoint(saved)
    again = [save_checkpoint(saved, train_state, 5, 123, "swiss-roll", seconds=seconds) for seconds in (1.5, 2.5)]
    assert again[0].sha256 == again[1].sha256 == card.sha256
    assert save_checkpoint(saved, train_state, 6, 123, "swiss-roll").sha256 != card.sha256
    train_state.parameters.values[0] += 1
    assert save_checkpoint(saved, train_state, 5, 123, "swiss-roll").sha256 != card.sha256


@pytest.mark.parametrize("slug", SCHEDULES)
def test_settings_survive_json_with_every_schedule(slug: str):
    settings = replace(SETTINGS, schedule=SCHEDULES[slug]())
    assert from_json(json.loads(json.dumps(to_json(settings)))) == settings


def test_a_truncated_file_is_refused_at_any_length(saved: Path):
    whole = saved.read_bytes()
    for length in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:length])
        refused(saved, "truncated")


def test_altered_tensors_are_refused(saved: Path):
    content = bytearray(saved.read_bytes())
    content[-3] ^= 1
    saved.write_bytes(content)
    refused(saved, "altered")


def test_an_altered_card_is_refused(saved: Path):
    card = json.loads(saved.with_suffix(".json").read_text())
    save_file(load_file(saved), saved, metadata={"card": json.dumps({**card, "step": 999})})
    refused(saved, "altered")


def test_another_shape_is_refused(saved: Path):
    """The tensors and the digest agree, but the card's network is wider."""
    tensors, wide = load_file(saved), replace(SETTINGS, network=MLP(width=9, depth=2, x_features=4))
    card = checkpoint.Card(to_json(wide), "swiss-roll", 5, 123, (2,))
    values = {**vars(card), "sha256": checkpoint.digest(tensors, card)}
    save_file(tensors, saved, metadata={"card": json.dumps(values)})
    refused(saved, "the network needs")


def test_values_that_are_not_finite_are_refused(saved: Path):
    train_state = TrainState(SETTINGS, (2,), 5)
    train_state.parameters.values[0] = float("nan")
    save_checkpoint(saved, train_state, 5, 123, "swiss-roll")
    refused(saved, "not finite")


def test_a_pickle_is_refused_and_not_run(saved: Path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (saved.with_name("sprung"),))

    saved.write_bytes(pickle.dumps(Trap()))
    refused(saved, "pickle")
    torch.save({"weights": torch.ones(100)}, saved)
    refused(saved, "pickle")
    assert not saved.with_name("sprung").exists()


def test_missing_file_missing_card_and_nonsense_card_are_refused(saved: Path):
    tensors = load_file(saved)
    save_file(tensors, saved)
    refused(saved, "no card")
    save_file(tensors, saved, metadata={"card": "{}"})
    refused(saved, "cannot be read")
    card = checkpoint.Card({"batch": -1}, "swiss-roll", 5, 123, (2,))
    values = {**vars(card), "sha256": checkpoint.digest(tensors, card)}
    save_file(tensors, saved, metadata={"card": json.dumps(values)})
    refused(saved, "makes no sense")
    refused(saved.with_name("absent.safetensors"), "cannot be read")


@pytest.mark.parametrize("crash_at", [1, 2])
def test_a_crash_while_saving_leaves_a_whole_checkpoint(saved: Path, monkeypatch: pytest.MonkeyPatch, crash_at: int):
    """Crash at the first rename: the old one is whole. At the second: the new one is, with its own card inside."""
    renames, rename = [], Path.replace

    def crash(self: Path, target: Path) -> Path:
        renames.append(target)
        if len(renames) == crash_at:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(saved, TrainState(SETTINGS, (2,), 6), 6, 456, "moons")
    assert load_checkpoint(saved)[1].step == (123 if crash_at == 1 else 456)
    assert sorted(p.name for p in saved.parent.iterdir()) == ["model.json", "model.safetensors"]
