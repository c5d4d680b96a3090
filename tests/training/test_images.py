"""Training on images: labels, starting weights, classifiers, and runs from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from diffviz.cli import main
from diffviz.config import ConfigError
from diffviz.data import SmallDigits
from diffviz.networks import MLP, Classifier, UNet
from diffviz.networks.device import CPU, bfloat16_autocast
from diffviz.objectives import Denoising
from diffviz.pretrained.checkpoint import CheckpointError, load_checkpoint, load_classifier
from diffviz.runs.job import network_job, run_job
from diffviz.schedules import LinearVP
from diffviz.scores.learned import LearnedScore
from diffviz.training.classifier import ClassifierTrainingConfig, ClassifierTrainState, classifier_training_steps
from diffviz.training.loop import TrainingConfig, TrainState, training_steps
from diffviz.training.teacher import Teacher

DIGITS = SmallDigits().load("train")
POINTS, LABELS = DIGITS.points, DIGITS.labels
BRIEF = TrainingConfig(batch=32, steps=60, rate=5e-3, network=UNet(8, 1))


def last(loop):
    *_, progress = loop
    return progress


def test_a_unet_learns_and_a_seed_reproduces():
    found, again, other = (last(training_steps(BRIEF, POINTS, seed)) for seed in (0, 0, 1))
    assert torch.equal(found.weights, again.weights) and not torch.equal(found.weights, other.weights)
    first = next(training_steps(BRIEF, POINTS, 0))
    assert found.loss < 0.75 * first.loss


def test_labels_must_fit_the_network():
    told = replace(BRIEF, network=UNet(8, 1, classes=10))
    for labels in (None, LABELS[:-1], LABELS + 1):
        with pytest.raises(ConfigError, match="labels"):
            next(training_steps(told, POINTS, 0, labels))
    assert next(training_steps(told, POINTS, 0, LABELS)).finite
    assert torch.equal(
        next(training_steps(BRIEF, POINTS, 0, LABELS)).weights, next(training_steps(BRIEF, POINTS, 0)).weights
    )


def test_hidden_labels_teach_the_network_to_do_without():
    """All labels hidden: only the embedding of `none` moves; none hidden: all but that one."""
    for dropped, moved in ((1.0, [10]), (0.0, list(range(10)))):
        told = replace(BRIEF, steps=5, network=UNet(8, 1, classes=10), dropped=dropped)
        train_state = TrainState(told, (1, 8, 8), 0)
        train_state.load(last(training_steps(told, POINTS, 0, LABELS)).weights)
        norms = train_state.network.label_embedding.weight.norm(dim=1)
        assert norms.nonzero().flatten().tolist() == moved


def test_a_run_goes_on_from_given_weights():
    first = last(training_steps(BRIEF, POINTS, 0))
    on = next(training_steps(replace(BRIEF, rate=1e-5, warmup=0), POINTS, 0, weights=first.weights))
    assert float((on.weights - first.weights).abs().max()) < 1e-4
    assert on.loss < 0.8 * next(training_steps(BRIEF, POINTS, 0)).loss


def test_a_deeper_network_begins_by_answering_as_the_one_it_starts_from():
    small, deep = (TrainState(replace(BRIEF, network=UNet(8, 1, deeper=d)), (1, 8, 8), 0) for d in (0, 2))
    small.load(last(training_steps(BRIEF, POINTS, 0)).weights)
    weights = deep.inherit(small)
    x = POINTS[:8]
    assert torch.equal(deep.network(x, 0.5), small.network(x, 0.5))
    assert weights.numel() > small.parameters.values.numel()
    settings = replace(deep.settings, rate=1e-5, warmup=0)
    on = next(training_steps(settings, POINTS, 0, weights=weights))
    assert on.loss == next(training_steps(replace(BRIEF, rate=1e-5), POINTS, 0, weights=small.parameters.values)).loss


@pytest.mark.parametrize("network", [UNet(16, 1), UNet(8, 2), UNet(8, 1, classes=10)], ids=repr)
def test_a_start_that_does_not_fit_is_refused(network: UNet):
    with pytest.raises(ConfigError, match="do not fit"):
        TrainState(BRIEF, (1, 8, 8), 0).inherit(TrainState(replace(BRIEF, network=network), (1, 8, 8), 0))


def constant(answer: float, classes: int = 0, **settings) -> LearnedScore:
    """A network, as fresh ones do, of one answer to everything."""
    model = TrainState(replace(BRIEF, network=UNet(8, 1, classes=classes), **settings), (1, 8, 8), 0).model
    with torch.no_grad():
        model.network.out_layer.bias.fill_(answer)
    return model


@pytest.mark.parametrize("classes", [0, 10])
def test_a_teacher_is_learned_from_in_place_of_the_data(classes: int):
    """Who answers 0, as a fresh network does, is already right about a teacher that answers 0."""
    told = replace(BRIEF, dropped=0.0)
    assert next(training_steps(told, POINTS, 0, LABELS, teacher=Teacher(constant(0, classes)))).loss == 0
    first, *_, final = training_steps(told, POINTS, 0, LABELS, teacher=Teacher(constant(0.5, classes)))
    assert first.loss == pytest.approx(0.25) and final.loss < 0.05


def test_autoguidance_leads_away_from_the_weaker_network():
    """0.2 against -0.1 with weight 2 is 0.8."""
    guided = Teacher(constant(0.2), constant(-0.1), guidance=2.0)
    assert torch.allclose(guided.output(POINTS[:4], torch.full((4,), 0.5)), torch.tensor(0.8))
    assert next(training_steps(BRIEF, POINTS, 0, teacher=guided)).loss == pytest.approx(0.64)


@pytest.mark.parametrize(
    ("made", "settings", "told"),
    [
        (constant(0, 10, schedule=LinearVP()), BRIEF, "same target, schedule and shape"),
        (constant(0, 10, objective=Denoising("eps")), BRIEF, "same target, schedule and shape"),
        (constant(0, 10), replace(BRIEF, network=UNet(8, 1, classes=10)), "must be a network without labels"),
    ],
    ids=["schedule", "target", "a student with labels"],
)
def test_a_teacher_of_another_question_is_refused(made: LearnedScore, settings: TrainingConfig, told: str):
    with pytest.raises(ConfigError, match=told):
        next(training_steps(settings, POINTS, 0, LABELS, teacher=Teacher(made)))


@pytest.mark.parametrize(
    ("weaker", "guidance", "told"),
    [
        (None, 1.0, "both a weaker network and a weight"),
        (constant(0), 0.0, "both a weaker network and a weight"),
        (constant(0, schedule=LinearVP()), 1.0, "must answer the same"),
        (constant(0, 10), 1.0, "without labels"),
    ],
    ids=["no network", "no weight", "schedule", "labels"],
)
def test_half_of_autoguidance_is_refused(weaker: LearnedScore | None, guidance: float, told: str):
    with pytest.raises(ConfigError, match=told):
        Teacher(constant(0), weaker, guidance)


def test_half_precision_is_near_where_there_is_any():
    whole, half = (last(training_steps(replace(BRIEF, half=flag), POINTS, 0)) for flag in (False, True))
    assert half.smooth_loss == pytest.approx(whole.smooth_loss, rel=0.05)
    with bfloat16_autocast(CPU, wanted=False):
        assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("noised", [False, True])
def test_a_classifier_learns_its_labels(noised: bool):
    settings = ClassifierTrainingConfig(batch=64, steps=150, shift=0, noised=noised, network=Classifier(16))
    train_state = ClassifierTrainState(settings, (1, 8, 8), 0)
    train_state.load(last(classifier_training_steps(settings, POINTS, LABELS, 0)).weights)
    test = SmallDigits().load("test")
    right = (train_state.network(test.points).argmax(1) == test.labels).double().mean()
    assert right > (0.5 if noised else 0.8)
    if noised:  # at the end of time there is nothing to be read, and it knows
        lost = torch.randn(500, 1, 8, 8, generator=torch.Generator().manual_seed(0))
        assert train_state.network(lost, 0.99).softmax(1).max(1).values.mean() < 0.5


def test_a_classifier_refuses_labels_that_do_not_fit():
    with pytest.raises(ConfigError, match="labels from 0 to 4"):
        next(classifier_training_steps(ClassifierTrainingConfig(network=Classifier(8, classes=5)), POINTS, LABELS, 0))


def run(*arguments: str) -> int:
    return main(["train", *arguments])


def test_the_command_writes_a_card_that_repeats_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "small.safetensors"
    settings = ["--set", "network=unet", "--set", "network.width=8", "--set", "steps=6", "--set", "batch=16"]
    assert run("digits", str(path), "--seed", "3", "--keep", "0,4", *settings) == 0
    train_state, card = load_checkpoint(path)
    assert (card.step, card.seed, card.shape, card.data) == (6, 3, (1, 8, 8), "SmallDigits() train")
    assert card.settings == TrainingConfig(steps=6, batch=16, network=UNet(8))
    assert card.seconds > 0 and [step for step, _ in card.losses] == [1, 2, 3, 4, 5, 6]
    assert json.loads(path.with_suffix(".json").read_text())["command"] == card.command
    assert {p.name for p in tmp_path.glob("*.safetensors")} == {path.name, "small-0.safetensors", "small-4.safetensors"}
    assert load_checkpoint(tmp_path / "small-4.safetensors")[1].step == 4
    again = card.command.split()
    assert again[0] == "diffviz" and main(again[1:]) == 0
    other = load_checkpoint(path)[0]
    assert torch.equal(train_state.parameters.values, other.parameters.values)


def test_the_command_goes_on_from_a_checkpoint_and_learns_from_a_teacher(tmp_path: Path):
    first, other, end = (str(tmp_path / f"{name}.safetensors") for name in ("first", "teacher", "end"))
    small = ["--set", "network=unet", "--set", "network.width=8", "--set", "steps=2", "--set", "batch=16"]
    assert (
        run("digits", first, *small) == 0
        and run("digits", other, *small, "--set", "network.classes=10", "--seed", "1") == 0
    )
    assert run("digits", end, *small, "--start", first, "--teacher", other, "--set", "rate=1e-5") == 0
    before, after = (load_checkpoint(Path(path))[0].parameters.values for path in (first, end))
    assert 0 < float((before - after).abs().max()) < 1e-3
    assert load_checkpoint(Path(end))[1].command.count("diffviz train") == 2
    assert run("digits", end, *small, "--start", other) == 2


def test_the_command_learns_an_autoguided_answer_and_may_keep_half_precision(tmp_path: Path):
    strong, weak, end = (str(tmp_path / f"{name}.safetensors") for name in ("strong", "weak", "end"))
    small = ["--set", "network=unet", "--set", "network.width=8", "--set", "batch=16"]
    for path, steps in ((strong, 30), (weak, 3)):
        assert run("digits", path, *small, "--set", f"steps={steps}") == 0
    guided = ["--teacher", strong, "--weaker", weak, "--guidance", "0.5"]
    assert run("digits", end, *small, "--start", strong, *guided, "--set", "steps=1", "--half") == 0
    (before, _), (other, _), (after, card) = (load_checkpoint(Path(path)) for path in (strong, weak, end))
    teacher = Teacher(before.model, other.model, 0.5)
    weights = before.parameters.values.clone()
    first = next(training_steps(card.settings, POINTS, 0, weights=weights, teacher=teacher))
    assert torch.equal(after.parameters.values, first.weights.half().float())
    assert run("digits", end, *small, "--teacher", strong, "--weaker", weak) == 2


def test_the_command_trains_points_and_classifiers(tmp_path: Path):
    assert run("ring", str(tmp_path / "ring.safetensors"), "--points", "100", "--set", "steps=2") == 0
    assert load_checkpoint(tmp_path / "ring.safetensors")[1].settings.network == MLP()
    path = tmp_path / "judge.safetensors"
    small = ["--set", "steps=2", "--set", "network.width=8", "--set", "noised=true"]
    assert run("digits", str(path), "--classify", *small) == 0
    settings = load_classifier(path)[1].settings
    assert isinstance(settings, ClassifierTrainingConfig) and settings.noised and settings.network == Classifier(8)
    with pytest.raises(CheckpointError, match="holds a classifier"):
        load_checkpoint(path)
    with pytest.raises(CheckpointError, match="holds a score network"):
        load_classifier(tmp_path / "ring.safetensors")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing", "OUT"], "data must be one of"),
        (["digits", "OUT", "--seed", "x"], "seed must be a number"),
        (["digits", "OUT", "--set", "steps"], "NAME=VALUE"),
        (["digits", "OUT", "--set", "steps=0"], "Steps must be between"),
        (["digits", "OUT", "--set", "steps=many"], "Steps must be a number"),
        (["digits", "OUT", "--set", "nothing=1"], "no field 'nothing'"),
        (["digits", "OUT", "--set", "network.depth.more=1"], "NAME=VALUE"),
        (["digits", "OUT", "--set", "network=other"], "no known network"),
        (["digits", "OUT", "--keep", "x"], "keep must be a number"),
        (["digits", "away/out.safetensors"], "folder that exists"),
        (["digits", "out.pt"], "must end in .safetensors"),
        (["ring", "OUT", "--classify"], "nothing to classify"),
        (["digits", "OUT", "--classify", "--start", "x.safetensors"], "neither from a start nor from a teacher"),
        (["digits", "OUT", "--guidance", "1"], "go with a teacher"),
        (["digits", "OUT", "--guidance", "much"], "guidance must be a number"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
):
    out = tmp_path / "out.safetensors"
    assert run(*(str(out) if a == "OUT" else a for a in arguments)) == 2
    error = capsys.readouterr().err
    assert error.startswith("diffviz: ") and told in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_loss_that_explodes_is_told_and_keeps_what_was_written(tmp_path: Path):
    def exploding():
        for progress in training_steps(BRIEF, POINTS, 0):
            yield progress if progress.step < 5 else replace(progress, loss=float("nan"))

    path, train_state = tmp_path / "out.safetensors", TrainState(BRIEF, (1, 8, 8), 0)
    with pytest.raises(ConfigError, match="not finite at step 5"):
        run_job(
            network_job(train_state, lambda state: exploding(), seed=0, data="digits"), path=path, command="", keep=[4]
        )
    assert load_checkpoint(tmp_path / "out-4.safetensors")[1].step == 4 and not path.exists()
