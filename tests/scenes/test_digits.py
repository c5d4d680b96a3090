"""The digit lab's pictures: what they show is what the results hold."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data import MNIST, ImageSet, SmallDigits
from diffviz.experiments.digits import measured
from diffviz.experiments.digits.clear import ClearCount, ClearCurve
from diffviz.experiments.digits.guidance import GuidanceConfig, GuidanceResult
from diffviz.experiments.digits.inverse import EACH, ROWS, InverseConfig, InverseResult
from diffviz.experiments.digits.latents import (
    STEP_COUNTS,
    DigitRoundTripConfig,
    DigitRoundTripResult,
    StepCountsConfig,
    StepCountsResult,
)
from diffviz.experiments.digits.learning import LearningConfig, LearningResult, LearningStart, UntrainedResult
from diffviz.experiments.digits.path import Pixels, SamplePath
from diffviz.experiments.digits.sampling import DigitLaneConfig, DigitLaneResult, run_digit_lane
from diffviz.experiments.exact_guidance import ExactGuidanceConfig, run_exact_guidance
from diffviz.experiments.frames import IMAGE_FRAMES, shown_frames
from diffviz.experiments.lane import Lane
from diffviz.grids import UniformTime
from diffviz.player import Pane
from diffviz.samplers import DDIM, DDPM, SAMPLERS
from diffviz.scenes import exact_guidance
from diffviz.scenes.digits import guidance, inverse, latents, learning, sampling, tiles
from diffviz.scenes.digits import measured as pictures

LOSSES = np.array([[1.0, 0.9], [39.0, 0.5]])


def images(*shape: int) -> Pixels:
    return np.random.default_rng(0).normal(size=(*shape, 1, 28, 28)).astype(np.float32)


def path(steps: int, count: int) -> SamplePath:
    t = np.linspace(0.99, 0.001, steps + 1)
    clock = np.linspace(0, 1, steps + 1)
    x, x0 = images(steps + 1, count), images(steps, count)
    return SamplePath(t, clock, 1 - t, t, (0.99, 0.001), x, x0, steps)


def shown(pane: Pane) -> np.ndarray:
    return pane.layers[0].images


# Tiles


def test_tiles_hold_ink_and_signs():
    values = np.array([-1.0, 0.0, 1.0, 3.0], dtype=np.float32).reshape(1, 4, 1, 1, 1)
    assert tiles.ink(values).ravel().tolist() == [0, 0.5, 1, 1]
    assert tiles.signed(values).ravel().tolist() == pytest.approx([1 / 3, 0.5, 2 / 3, 1.0])


def test_of_a_long_run_evenly_spread_frames_are_shown():
    assert shown_frames(5, 26) == [0, 1, 2, 3, 4]
    many = tiles.kept(path(200, 1))
    assert len(many) == IMAGE_FRAMES and many[0] == 0 and many[-1] == 200
    assert set(np.diff(many)) == {8}


# Sampling


@pytest.mark.parametrize("slug", ["ddim", "ddpm", "dpmpp-2m", "analytic", "edm", "langevin", "pc"])
def test_any_sampler_is_seen_from_inside(slug: str, few_digits: ImageSet):
    sampler = SAMPLERS[slug]()
    result = run_digit_lane(DigitLaneConfig(Lane(sampler, UniformTime(), sampler.steps_for(6)), 4, 0, few_digits))
    assert f"{result.path.nfe} calls" in sampling.note(result)
    scene = sampling.inside(result)
    state, denoised, noise, score = map(shown, scene.panes)
    assert state.shape == denoised.shape == noise.shape == score.shape
    np.testing.assert_allclose(noise + score, 1, atol=1e-6)  # the score is the noise with its sign turned
    np.testing.assert_allclose(state[-1], tiles.ink(result.path.final), atol=1e-6)
    assert scene.payload()


def test_side_by_side_is_a_pane_each():
    configs = [DigitLaneConfig(Lane(sampler, UniformTime(), 5), 4) for sampler in (DDIM(), DDPM(), DDIM(eta=0.5))]
    results = [DigitLaneResult(config, path(5, 4), np.zeros(4), np.ones(4), 1.0) for config in configs]
    scene = sampling.side_by_side(results)
    assert [pane.title for pane in scene.panes] == ["DDIM", "DDPM", "DDIM, η = 0.5"]
    assert all("5 calls" in pane.note and "100% ± 12% clear" in pane.note for pane in scene.panes)


# Learning


def learned(moments: int, **more: object) -> LearningResult:
    config, steps = LearningConfig(MNIST(), 0.5), np.linspace(0, 39, moments)
    samples, denoised = images(moments, 25), images(moments, 25)
    return LearningResult(config, 0.5, images(25), steps, samples, denoised, LOSSES, 100, **more)  # type: ignore[arg-type]


def test_a_live_run_stands_still_until_the_next_look():
    scene = learning.live(learned(1, lam=np.linspace(5, -4, 16), lam_loss=np.full(16, 0.3)))
    assert "step 0" in scene.panes[0].notes[0] and scene.clock_values is None
    assert [pane.title for pane in scene.panes] == [
        "Drawn",
        "Loss",
        "Clear digits",
        "Error per λ",
        "Real, noised",
        "Denoised x̂₀",
    ]
    assert scene.payload()


@pytest.mark.parametrize("counts", [(), (ClearCount(20, 0.0), ClearCount(40, 0.5))], ids=["not counted", "counted"])
def test_before_the_first_look_the_panes_are_those_that_will_be(counts: tuple[ClearCount, ...]):
    start = learning.before_first_look(LearningStart(LearningConfig(), 0.5, images(25), images(25)))
    looked = learning.live(
        learned(1, lam=np.linspace(5, -4, 16), lam_loss=np.full(16, 0.3), clear=ClearCurve.of(counts))
    )
    assert [(pane.aspect, pane.title) for pane in start.panes[1:]] == [
        (pane.aspect, pane.title) for pane in looked.panes[1:]
    ]
    assert start.columns == looked.columns and start.payload() and looked.payload()


def test_images_that_no_classifier_knows_have_no_clear_ones():
    titles = [
        pane.title
        for pane in learning.before_first_look(
            LearningStart(LearningConfig(SmallDigits()), 0.5, images(25), images(25))
        ).panes
    ]
    assert len(titles) == 5 and "Clear digits" not in titles


def test_replay_and_preview_move_from_moment_to_moment():
    result = learned(7, seconds=tuple(range(7)))
    for scene in (learning.replay(result), learning.preview(result)):
        assert scene.panes[0].frames == 7 and np.array_equal(scene.clock_values, result.steps)
        np.testing.assert_allclose(shown(scene.panes[0])[-1], tiles.ink(result.samples[-1]))
    assert "step 39 after 6 s" in scene.panes[0].notes[-1]


def test_untrained_shows_both_ways():
    scene = learning.untrained(UntrainedResult(LearningConfig(), images(21, 25), path(20, 25)))
    assert [pane.frames for pane in scene.panes] == [21, 21] and scene.payload()


# Guidance


def test_each_kind_of_guidance_tells_what_it_cost():
    free = GuidanceResult(GuidanceConfig(), path(6, 20), 0.9, 0)
    led = GuidanceResult(GuidanceConfig("classifier-ddpm"), path(6, 20), 1.0, 6)
    scene = guidance.compose([free, led], 10)
    assert scene.panes[0].note == "6 network calls · 90% read as asked"
    assert scene.panes[1].note == "6 network calls and 6 gradients · 100% read as asked"
    assert scene.payload()


def test_exact_guidance_shows_the_gradient_at_the_times_of_the_states():
    result = run_exact_guidance(ExactGuidanceConfig(scale=5.0))
    scene = exact_guidance.compose(result)
    first, middle, last = scene.panes
    assert first.frames == middle.frames == exact_guidance.FRAMES and last.frames == 1
    states, arrows = first.layers
    assert np.array_equal(states.xy[-1], result.guided[-1]) and len(arrows.vectors) == exact_guidance.FRAMES
    cell = result.places[1, 0] - result.places[0, 0]
    assert np.linalg.norm(arrows.vectors, axis=-1).max() <= cell
    assert f"{result.distance:.3f} from promised" in middle.note and scene.payload()


# Long runs


@pytest.mark.parametrize("steps", [1, 24, 25, 26, 60, 200])
def test_a_thinned_run_looks_the_same(steps: int) -> None:
    whole = path(steps, 2)
    thin = whole.thinned()
    assert len(thin.t) <= 27 and thin.x.base is None and thin.x0.base is None  # the rest can be let go
    config, labels = DigitLaneConfig(), np.zeros(2)
    lanes = [DigitLaneResult(config, run, labels, labels, 0.5) for run in (whole, thin)]
    assert sampling.inside(lanes[0]).payload() == sampling.inside(lanes[1]).payload()
    assert sampling.side_by_side(lanes[:1]).payload() == sampling.side_by_side(lanes[1:]).payload()


# Latents


def test_a_round_trip_runs_both_ways_on_one_clock():
    result = DigitRoundTripResult(
        DigitRoundTripConfig(), (7, 2, *range(7)), path(5, 9), path(5, 9), images(9), 10, 0.03
    )
    scene = latents.round_trip(result)
    up, down, between = scene.panes
    assert scene.payload()
    assert up.frames == down.frames == 6 and between.frames == 1
    assert up.layers[0].labels[:3] == down.layers[0].labels[:3] == ["place 7", "place 2", "place 0"]
    assert between.layers[0].labels == ["place 7", *[""] * 7, "place 2"]
    assert down.note == "5 calls each way · 0.03 lost (RMS a pixel)"


def test_step_counts_are_compared_with_the_most():
    paths = tuple(path(steps, 12) for steps in STEP_COUNTS)
    scene = latents.step_counts(StepCountsResult(StepCountsConfig(), paths, (0.4, 0.3, 0.2, 0.1, 0.0)))
    assert [pane.title for pane in scene.panes] == [f"{steps} steps" for steps in STEP_COUNTS]
    assert [pane.note for pane in scene.panes][::4] == ["RMS 0.4 from 64", "the reference"] and scene.payload()


# Inverse problems


def test_each_row_begins_with_the_real_digit_and_what_is_known():
    real, run = images(ROWS), path(5, ROWS * EACH)
    result = InverseResult(InverseConfig(), real, real / 2, run, 0.0, 1.0)
    for pane, states in zip(inverse.compose(result).panes, (run.x, run.x0), strict=True):
        rows = shown(pane)[-1].reshape(ROWS, 2 + EACH, 28, 28)
        np.testing.assert_allclose(rows[:, 0], tiles.ink(real), atol=1e-6)
        np.testing.assert_allclose(rows[:, 1], tiles.ink(real / 2), atol=1e-6)
        np.testing.assert_allclose(rows[:, 2:].reshape(-1, 28, 28), tiles.ink(states[-1]), atol=1e-6)


# What was measured


def test_the_digits_of_a_cell_are_shown():
    tiles_of_cell = measured.ddim_table().tiles[0, 1]
    np.testing.assert_array_equal(shown(pictures.cell(tiles_of_cell, "", "").panes[0])[0], tiles_of_cell)
