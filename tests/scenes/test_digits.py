"""The digit lab's pictures and the networks that come with it: what they show is what was computed."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
import torch

from diffviz.commands.train import chosen
from diffviz.data import IMAGE_SETS, MNIST
from diffviz.data.mixtures import Ring
from diffviz.experiments.lane import Lane
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images, sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.pretrained.checkpoint import load_checkpoint, load_classifier
from diffviz.pretrained.digits import FOLDER, LIVE, classifier, early, score_network
from diffviz.runs.snapshot import Snapshot
from diffviz.samplers import DDIM, DDPM, SAMPLERS, AnalyticDPM, DPMSolverPP2M, prior, sample
from diffviz.scenes.digits import guidance, inverse, latents, learning, measured, plane, sampling, tiles
from diffviz.schedules import Cosine
from diffviz.training.classify import ClassifierTrainingConfig
from diffviz.training.loop import Progress, TrainingConfig, TrainState

MODEL, JUDGE = score_network(), classifier()
GRID = UniformTime()
FILES = sorted(FOLDER.glob("*.safetensors"))
REAL = pytest.mark.usefixtures("real_digits")


def drawn(count: int, steps: int = 10) -> torch.Tensor:
    noise = WhiteNoise(5, (count, 1, 28, 28))
    return sample(DPMSolverPP2M(), MODEL, prior(MODEL.schedule, noise), GRID.times(MODEL.schedule, steps), noise).final


# The networks


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_network_is_small_and_tells_how_it_was_made(path):
    """The command on the card, the last where there are two, gives the settings on the card."""
    assert path.stat().st_size < 8_000_000
    load = load_classifier if "classifier" in path.stem else load_checkpoint
    card = load(path)[1]
    program, verb, data, where, *options = shlex.split(card.command.split(" && ")[-1])
    assert (program, verb) == ("diffviz", "train") and f"{IMAGE_SETS[data]()!r} train" == card.data
    assert where.startswith("assets/mnist/") and where.endswith(".safetensors")
    texts = [text for flag, text in zip(options, options[1:], strict=False) if flag == "--set"]
    start = ClassifierTrainingConfig() if "--classify" in options else TrainingConfig()
    assert chosen(start, texts) == card.settings
    if card.step:
        assert card.seconds > 0 and card.losses[-1][0] <= card.step and card.losses[-1][1] < card.losses[0][1]


def test_early_checkpoints_begin_before_the_first_step():
    steps = [load_checkpoint(path)[1].step for path in early()]
    assert steps[0] == 0 and len(steps) >= 5 and steps == sorted(set(steps))
    assert {load_checkpoint(path)[1].settings.network for path in early()} == {LIVE.network}


@REAL
def test_the_classifier_reads_real_digits():
    test = MNIST().load("test")
    found = classify_images(JUDGE, test.points)
    assert found.right(test.labels) > 0.99


@pytest.mark.slow
def test_what_the_networks_draw_can_be_read():
    """Fewer than the 1,000 and 5,000 samples of the measurement, so with some slack; see the changelog for those."""
    noise = WhiteNoise(11, (300, 1, 28, 28))
    grid = GRID.times(MODEL.schedule, 50)
    plain = sample(DDIM(), MODEL.halved(), prior(MODEL.schedule, noise), grid, noise).final
    assert classify_images(JUDGE, plain).clear > 0.85
    labels = torch.arange(100) % 10
    cast = guidance.GuidanceModels(MODEL.halved(), score_network(True).halved(), JUDGE, classifier(noised=True))
    asked = WhiteNoise(0, (100, 1, 28, 28))
    assert guidance.guide("free", 2.0, guidance.ALL, cast, labels, GRID.times(MODEL.schedule, 20), asked).asked >= 0.98


# Tiles


def test_tiles_hold_ink_and_signs():
    images = torch.tensor([-1.0, 0.0, 1.0, 3.0]).reshape(1, 4, 1, 1, 1)
    assert tiles.ink(images).ravel().tolist() == [0, 0.5, 1, 1]
    assert tiles.signed(images).ravel().tolist() == pytest.approx([1 / 3, 0.5, 2 / 3, 1.0])
    assert tiles.chosen(5) == [0, 1, 2, 3, 4]
    many = tiles.chosen(201)
    assert len(many) == tiles.FRAMES and many[0] == 0 and many[-1] == 200


# Sampling


@pytest.mark.parametrize("slug", ["ddim", "ddpm", "dpmpp-2m", "analytic", "edm", "langevin", "pc"])
def test_any_sampler_draws_tiles_and_counts_its_calls(slug: str):
    sampler = SAMPLERS[slug]()
    lane = Lane(sampler, GRID, sampler.steps_for(6))
    found = sampling.draw(lane, MODEL, JUDGE, (4, 1, 28, 28), 0, lambda: drawn(8))
    assert f"{found.run.nfe} calls" in found.note and len(found.seen.label) == 4
    scene = sampling.inside(found, MODEL.schedule)
    state, denoised, noise, score = (pane.layers[0].images for pane in scene.panes)
    assert state.shape == denoised.shape == noise.shape == score.shape
    np.testing.assert_allclose(noise + score, 1, atol=1e-6)  # the score is the noise with its sign turned
    np.testing.assert_allclose(state[-1], tiles.ink(found.run.final), atol=1e-6)
    assert scene.payload()


def test_side_by_side_means_from_the_same_noise():
    lanes = [Lane(sampler, GRID, 5) for sampler in (DDIM(), DDPM(), AnalyticDPM())]
    found = [sampling.draw(lane, MODEL, JUDGE, (4, 1, 28, 28), 0, lambda: drawn(8)) for lane in lanes]
    assert all(torch.equal(each.run.x[0], found[0].run.x[0]) for each in found)
    assert len(sampling.compare(found, MODEL.schedule).panes) == 3


# Learning


def test_learning_is_shown_from_the_same_noise():
    observer = learning.Observer("MNIST", drawn(30).clamp(-1, 1), 0.5)
    first, again = observer(MODEL), observer(MODEL)
    assert np.array_equal(first.samples, again.samples) and first.samples.shape == (25, 28, 28)
    error = np.abs(first.denoised - tiles.ink(observer.real[:25])).mean()
    noised = np.abs(tiles.ink(observer.noised(MODEL.schedule)[0]) - tiles.ink(observer.real[:25])).mean()
    assert error < 0.5 * noised
    progress = Progress(3, 9, 0.5, 0.6, np.linspace(5, -4, 16), np.full(16, 0.3), 2.0, torch.zeros(1))
    losses = np.array([[1.0, 0.9], [3.0, 0.5]])
    scene = learning.live(observer, MODEL.schedule, Snapshot(progress, first, losses, ()))
    assert "step 3" in scene.panes[0].note and scene.clock_values is None
    shown = learning.preview(observer, early())
    assert shown.clock_values is not None and len(shown.clock_values) == len(early()) == shown.panes[0].frames
    moved = shown.panes[0].layers[0].images
    assert not np.array_equal(moved[0], moved[-1])


def test_replay_shows_the_kept_moments():
    from diffviz.runs.history import Moment

    observer = learning.Observer("MNIST", drawn(30), 0.5)
    train_state = TrainState(LIVE, (1, 28, 28), 0)
    moments = tuple(Moment(k, train_state.parameters.values.clone()) for k in range(40))
    progress = Progress(39, 40, 0.5, 0.6, np.linspace(5, -4, 16), np.full(16, 0.3), 2.0, moments[-1].weights)
    snapshot = Snapshot(progress, None, np.array([[1.0, 0.9], [39.0, 0.5]]), moments)
    scene = learning.replay(observer, LIVE, 0, snapshot)
    assert scene.panes[0].frames == 16 and scene.clock_values[0] == 0 and scene.clock_values[-1] == 39


# Guidance


@pytest.mark.parametrize("kind", guidance.KINDS)
def test_without_scale_nobody_is_led(kind: str):
    cast = guidance.GuidanceModels(MODEL, score_network(True), JUDGE, classifier(noised=True))
    grid, labels = GRID.times(MODEL.schedule, 6), torch.arange(6)
    noise = WhiteNoise(0, (6, 1, 28, 28))
    free, led, again = (
        guidance.guide(kind, scale, guidance.ALL, cast, labels, grid, noise) for scale in (0.0, 4.0, 4.0)
    )
    assert torch.equal(led.run.final, again.run.final) and not torch.equal(free.run.final, led.run.final)
    assert torch.equal(free.run.x[0], led.run.x[0])
    assert led.asked >= free.asked
    assert (free.run.nfe, led.run.nfe) == ((6, 12) if kind == "free" else (6, 6))
    assert (free.gradients, led.gradients) == ((0, 0) if kind == "free" else (0, 6))
    assert guidance.compose([free, led], MODEL, 6).payload()


def ring() -> plane.LabelledMixture:
    return plane.labelled(Ring().mixture.affine(Ring().normalisation), Cosine())


def test_honest_draws_are_the_class_at_one_and_everything_at_nothing():
    known = ring()
    for scale, truth in ((1.0, known.only(1)), (0.0, known.mixture)):
        found = plane.tilt(known, 1, scale, 1_500, 3)
        floor = sliced_w2(truth.draw(1_500, 7), truth.draw(1_500, 8))
        assert len(found) == 1_500 and sliced_w2(found, truth.draw(1_500, 9)) < 2.5 * floor


def test_guidance_keeps_its_promise_at_one_and_breaks_it_above():
    known = ring()
    kept, broken = (plane.bend(known, 0, scale, 0) for scale in (1.0, 5.0))
    assert kept.apart < 3 * kept.floor and broken.apart > 2.5 * broken.floor
    assert plane.compose(known, 0, 5.0, broken).payload()


# Latents


def test_more_steps_lose_less_on_the_way_there_and_back():
    images = drawn(3).clamp(-1, 1)
    trips = [latents.travel(DDIM(), GRID, steps, MODEL, images) for steps in (5, 20, 60)]
    assert trips[0].lost > trips[1].lost > trips[2].lost and trips[2].lost < 0.1
    assert trips[0].nfe == 10
    ends = trips[2].between[[0, -1]]
    torch.testing.assert_close(ends, trips[2].down.final[:2], rtol=0, atol=1e-3)
    assert latents.compose(trips[0], MODEL).payload()


def test_one_latent_is_one_digit_at_any_number_of_steps():
    runs = latents.consistency(DDIM(), GRID, MODEL, (1, 28, 28), 0)
    apart = [float((run.final - runs[-1].final).square().mean().sqrt()) for run in runs[:-1]]
    assert apart == sorted(apart, reverse=True)
    other = latents.consistency(DDIM(), GRID, MODEL, (1, 28, 28), 1)[-1].final
    assert apart[0] < 0.6 * float((other - runs[-1].final).square().mean().sqrt())
    assert [len(run.t) - 1 for run in runs] == list(latents.COUNTS)
    assert latents.compare(runs, MODEL).payload()


# Inverse problems


@pytest.mark.parametrize("slug", inverse.PROBLEMS)
def test_what_is_known_is_kept_and_the_rest_is_filled(slug: str):
    problem, real = inverse.PROBLEMS[slug][1], drawn(4, 20).clamp(-1, 1)
    labels = torch.from_numpy(classify_images(JUDGE, real).label).long()
    grid = GRID.times(MODEL.schedule, 25)
    answer = inverse.solve(problem, DDPM(), MODEL, JUDGE, grid, real, labels, 0, 1)
    assert answer.kept < 0.05 and answer.run.nfe == 50
    final = answer.run.final.reshape(inverse.ROWS, inverse.EACH, -1)
    assert float(final.std(1).mean()) > 0.02  # the five answers are not one
    scene = inverse.compose(answer, MODEL)
    front = scene.panes[0].layers[0].images[-1].reshape(inverse.ROWS, 2 + inverse.EACH, 28, 28)
    np.testing.assert_allclose(front[:, 0], tiles.ink(real), atol=1e-6)


# What was measured


def test_the_table_is_whole_and_its_order_is_counted():
    columns = measured.grid()
    assert list(columns) == ["η", *(f"S = {s}" for s in measured.STEPS)] and all(len(c) == 5 for c in columns.values())
    for paper, values in measured.PAPER.items():
        assert np.array(values).shape == (5, 5)
        same, other, near = measured.agreement(paper)
        assert same + other + near == 50 and same > other
        assert measured.ranks(paper).count("·") == 25
    keys = {f"{eta} {steps}" for eta in measured.ETAS for steps in measured.STEPS}
    assert set(measured.shipped("ddim-table")["cells"]) == keys == set(measured.tiles("ddim-table"))
    for cell in measured.shipped("ddim-table")["cells"].values():
        value, low, high = cell["frechet"]
        assert low < value < high and cell["samples"] >= 256


def test_every_measurement_names_the_command_that_made_it():
    for name in ("ddim-table", "fast-table", "guidance"):
        assert measured.shipped(name)["command"].startswith("python -m benchmarks.")
    assert measured.trade().payload() and "*real digits*" in measured.fast()
