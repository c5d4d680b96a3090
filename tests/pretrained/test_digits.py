"""The digit networks that come with the lab: small, made as their cards tell, and able to draw and read digits."""

from __future__ import annotations

import shlex

import pytest

from diffviz.commands.train import chosen
from diffviz.data import IMAGE_SETS, MNIST
from diffviz.experiments.digits.guidance import GuidanceConfig, sample_guided, shipped_models
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained import shapes
from diffviz.pretrained.checkpoint import digest, load_checkpoint, load_classifier, read_checkpoint
from diffviz.pretrained.digits import FOLDER, LIVE_CONFIG, classifier, early_checkpoints, score_network
from diffviz.samplers import DDIM, prior, sample
from diffviz.training.classifier import ClassifierTrainingConfig
from diffviz.training.loop import TrainingConfig

FILES = sorted(FOLDER.glob("*.safetensors"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_network_is_small_and_tells_how_it_was_made(path):
    """The command on the card, the last where there are two, gives the settings on the card."""
    assert path.stat().st_size < 8_000_000
    load = load_classifier if "classifier" in path.stem else load_checkpoint
    card = load(path)[1]
    program, verb, data, where, *options = shlex.split(card.command.split(" && ")[-1])
    assert (program, verb) == ("diffviz", "train") and f"{IMAGE_SETS[data]()!r} train" == card.data
    assert where.endswith(".safetensors")
    texts = [text for flag, text in zip(options, options[1:], strict=False) if flag == "--set"]
    start = ClassifierTrainingConfig() if "--classify" in options else TrainingConfig()
    assert chosen(start, texts) == card.settings
    if card.step:
        assert card.seconds > 0 and card.losses[-1][0] <= card.step and card.losses[-1][1] < card.losses[0][1]


@pytest.mark.parametrize("path", [*FILES, *shapes.FOLDER.glob("*.safetensors")], ids=lambda path: path.stem)
def test_every_digest_is_of_this_version(path):
    tensors, card = read_checkpoint(path)
    assert card.sha256 == digest(tensors, card)


def test_early_checkpoints_begin_before_the_first_step():
    cards = [load_checkpoint(path)[1] for path in early_checkpoints()]
    steps = [card.step for card in cards]
    assert steps[0] == 0 and len(steps) >= 5 and steps == sorted(set(steps))
    assert {card.settings.network for card in cards} == {LIVE_CONFIG.network}


@pytest.mark.usefixtures("real_digits")
def test_the_classifier_reads_real_digits():
    test = MNIST().load("test")
    assert classify_images(classifier(), test.points).accuracy(test.labels) > 0.99


@pytest.mark.slow
def test_what_the_networks_draw_can_be_read():
    """Fewer than the 1,000 and 5,000 samples of the measurement, so with some slack; see the changelog for those."""
    model, noise = score_network().bfloat16(), WhiteNoise(11, (300, 1, 28, 28))
    times = UniformTime().times(model.schedule, 50)
    plain = sample(DDIM(), model, prior(model.schedule, noise), times, noise).final
    assert classify_images(classifier(), plain).confident_share > 0.85
    config = GuidanceConfig("free", 2.0, steps=20, labels=tuple(k % 10 for k in range(100)))
    assert sample_guided(config, shipped_models(), WhiteNoise(0, (100, 1, 28, 28))).read_as_asked >= 0.98
