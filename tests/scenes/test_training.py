"""What the pictures of learning claim: measured against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import DATASETS, DrawnPoints
from diffviz.metrics import sliced_w2
from diffviz.objectives import TARGETS, WEIGHTINGS, Denoising
from diffviz.runs.history import LossHistory, WeightHistory
from diffviz.runs.snapshot import Snapshot
from diffviz.scenes.stage import SAMPLES, Stage
from diffviz.scenes.training import Observer, live, preview, replay
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

torch.set_num_threads(1)
SMALL = TrainingConfig(batch=128, steps=40)


@pytest.fixture(scope="module")
def ring() -> Stage:
    return Stage(DATASETS["ring"](), Cosine(), 0)


@pytest.fixture(scope="module")
def taken(ring: Stage) -> tuple[Observer, Snapshot]:
    """A short training of a small network, watched after its first and after its last step."""
    observer, losses, moments = Observer(ring, 0.3), LossHistory(), WeightHistory()
    train_state = TrainState(SMALL, (2,), 0)
    moments.offer(0, train_state.parameters.values.clone())
    for progress in training_steps(SMALL, ring.data.points, 0):
        losses.add(progress.step, progress.loss)
        moments.offer(progress.step, progress.weights)
        if progress.step in (1, SMALL.steps):
            seen = observer(train_state.load(progress.weights), progress)
    return observer, Snapshot(progress, seen, losses.curve(), moments.all())


def test_exact_score_has_no_error(ring: Stage) -> None:
    assert ring.error(ring.exact) == pytest.approx(0, abs=1e-9)


def test_samples_of_the_exact_score_stand_at_the_floor(ring: Stage) -> None:
    samples = ring.run(ring.exact).final
    assert sliced_w2(samples, ring.fresh) < 1.6 * ring.floor.mean


def test_field_is_sigma_times_the_score(ring: Stage) -> None:
    alpha, sigma = (float(v) for v in (ring.schedule.alpha(0.4), ring.schedule.sigma(0.4)))
    assert ring.data.mixture is not None
    marginal = ring.data.mixture.at(alpha, sigma, torch.float64, torch.device("cpu"))
    score = marginal.score(torch.from_numpy(ring.places)).numpy()  # alpha² + sigma² = 1: unit scale is x_t itself
    np.testing.assert_allclose(ring.field(ring.exact, 0.4), sigma * score, atol=1e-4)


def test_only_a_mixture_claims_a_closed_form(ring: Stage) -> None:
    assert ring.closed and not Stage(DATASETS["swiss-roll"](), Cosine(), 0).closed


def test_samples_come_from_the_same_noise_every_time(ring: Stage) -> None:
    assert torch.equal(ring.run(ring.exact).x, ring.run(ring.exact).x)


def test_learning_lowers_error_and_distance(ring: Stage, taken: tuple[Observer, Snapshot]) -> None:
    _, snapshot = taken
    (first, before), (last, after) = snapshot.seen.distances
    assert (first, last) == (1, SMALL.steps) and after < before
    assert snapshot.seen.error.mean() < ring.error(TrainState(SMALL, (2,), 0).model).mean()


def test_chosen_time_moves_the_field_and_nothing_else(ring: Stage, taken: tuple[Observer, Snapshot]) -> None:
    observer, snapshot = taken
    train_state = TrainState(SMALL, (2,), 0)
    sight = snapshot.seen.at(ring, lambda: train_state.load(snapshot.progress.weights), 0.8)
    assert sight.t == ring.time(0.8) and np.array_equal(sight.samples, snapshot.seen.samples)
    observer.share = 0.8
    again = observer(train_state.load(snapshot.progress.weights), snapshot.progress)
    np.testing.assert_allclose(sight.learned, again.learned, atol=1e-6)
    assert not np.allclose(sight.learned, snapshot.seen.learned)


def test_live_picture_stands_still(ring: Stage, taken: tuple[Observer, Snapshot]) -> None:
    scene = live(ring, taken[1], taken[1].seen)
    assert [pane.frames for pane in scene.panes] == [1] * 6
    assert len(scene.payload()) < 40_000  # sent more than twice a second


def test_replay_runs_from_the_first_weights_to_the_last(ring: Stage, taken: tuple[Observer, Snapshot]) -> None:
    snapshot = taken[1]
    scene = replay(ring, SMALL, 0, snapshot, 0.3)
    assert scene.clock_values is not None and (scene.clock_values[0], scene.clock_values[-1]) == (0, SMALL.steps)
    cloud = scene.panes[0].layers[1].xy  # type: ignore[union-attr]
    assert cloud.shape == (len(scene.clock_values), SAMPLES, 2)
    np.testing.assert_allclose(cloud[0], ring.run(TrainState(SMALL, (2,), 0).model).final, atol=1e-6)
    np.testing.assert_allclose(cloud[-1], snapshot.seen.samples, atol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_preview_on_every_schedule(schedule: str) -> None:
    settings = TrainingConfig(schedule=SCHEDULES[schedule]())
    scene = preview(Stage(DATASETS["moons"](), settings.schedule, 0), settings, 0)
    assert np.isfinite(scene.panes[0].layers[1].xy).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_preview_shows_the_weight_of_every_loss(ring: Stage, target: str, weighting: str) -> None:
    settings = TrainingConfig(objective=Denoising(target=target, weighting=WEIGHTINGS[weighting]()))
    curve = preview(ring, settings, 0).panes[-1].layers[0]
    assert (curve.lines["weight"] > 0).all()  # type: ignore[union-attr]


def test_drawn_points_are_a_stage_like_any_other() -> None:
    angle = np.linspace(0, 6, 60)
    stage = Stage(DrawnPoints(points=np.stack([np.cos(angle), np.sin(angle)], 1)), Cosine(), 0)
    assert np.isfinite(stage.error(stage.exact)).all() and stage.floor.mean > 0
