"""What is looked at while a network learns, measured against closed forms, and its pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import DATASETS, DrawnPoints
from diffviz.experiments.evaluator import KEPT_BYTES, SAMPLES, SIDE, Evaluator, learning_problem
from diffviz.experiments.learning import Observer, preview_learning, replay_learning
from diffviz.metrics import sliced_w2
from diffviz.objectives import TARGETS, WEIGHTINGS, Denoising
from diffviz.runs.history import LossHistory, WeightHistory
from diffviz.runs.snapshot import Snapshot
from diffviz.scenes.learning import live, preview, replay
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.scores.counted import CountedScore
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

torch.set_num_threads(1)
SMALL = TrainingConfig(batch=128, steps=40)


@pytest.fixture(scope="module")
def ring() -> Evaluator:
    return Evaluator(learning_problem(DATASETS["ring"](), Cosine(), 0))


@pytest.fixture(scope="module")
def taken(ring: Evaluator) -> tuple[Observer, Snapshot]:
    """A short training of a small network, watched after its first and after its last step."""
    observer, losses, moments = Observer(ring, 0.3), LossHistory(), WeightHistory()
    train_state = TrainState(SMALL, (2,), 0)
    moments.offer(0, train_state.parameters.values.clone())
    for progress in training_steps(SMALL, ring.problem.data.points, 0):
        losses.add(progress.step, progress.loss)
        moments.offer(progress.step, progress.weights)
        if progress.step in (1, SMALL.steps):
            seen = observer(train_state.load(progress.weights), progress)
    return observer, Snapshot(progress, seen, losses.curve(), moments.all())


def test_exact_score_has_no_error(ring: Evaluator) -> None:
    assert ring.error(ring.problem.exact) == pytest.approx(0, abs=1e-9)


def test_samples_of_the_exact_score_stand_at_the_floor(ring: Evaluator) -> None:
    samples = ring.run(ring.problem.exact).final
    assert sliced_w2(samples, ring.fresh) < 1.6 * ring.floor.mean


def test_field_is_sigma_times_the_score(ring: Evaluator) -> None:
    alpha, sigma = (float(v) for v in (ring.problem.schedule.alpha(0.4), ring.problem.schedule.sigma(0.4)))
    assert ring.problem.mixture is not None
    marginal = ring.problem.mixture.at(alpha, sigma, torch.float64, torch.device("cpu"))
    score = marginal.score(torch.from_numpy(ring.places)).numpy()  # alpha² + sigma² = 1: unit scale is x_t itself
    np.testing.assert_allclose(ring.field(ring.problem.exact, 0.4), sigma * score, atol=1e-4)


def test_only_data_of_known_density_claim_an_exact_score(ring: Evaluator) -> None:
    roll, bare = (Evaluator(learning_problem(DATASETS["swiss-roll"](noise=n), Cosine(), 0)) for n in (0.3, 0.0))
    assert ring.setting.closed and roll.setting.closed and not bare.setting.closed


def test_samples_come_from_the_same_noise_every_time(ring: Evaluator) -> None:
    assert torch.equal(ring.run(ring.problem.exact).x, ring.run(ring.problem.exact).x)


def test_what_training_does_not_change_is_computed_once_a_time() -> None:
    problem = learning_problem(DATASETS["swiss-roll"](), Cosine(), 0)
    evaluator, exact = Evaluator(problem), CountedScore(problem.exact)
    problem.__dict__["exact"] = exact  # where the problem remembers it
    learned = np.zeros((1, SIDE**2, 2))
    ticks = [evaluator.fields(learned, [t]) for t in (0.4, 0.4, 0.6, 0.4)]
    assert exact.nfe == 2
    assert np.array_equal(ticks[0].exact, ticks[3].exact) and np.array_equal(ticks[0].noised, ticks[3].noised)
    assert not np.allclose(ticks[0].exact, ticks[2].exact)


def test_what_is_remembered_of_each_time_stays_within_its_bytes(ring: Evaluator) -> None:
    one = ring.fields(np.zeros((1, SIDE**2, 2)), [0.4])
    entries = ring.standing.cache_info().maxsize  # type: ignore[attr-defined]
    assert 100 < entries and entries * (one.exact.nbytes + one.noised.nbytes) <= KEPT_BYTES


def test_learning_lowers_error_and_distance(ring: Evaluator, taken: tuple[Observer, Snapshot]) -> None:
    _, snapshot = taken
    (first, before), (last, after) = snapshot.evaluation.distances
    assert (first, last) == (1, SMALL.steps) and after < before
    assert snapshot.evaluation.error.mean() < ring.error(TrainState(SMALL, (2,), 0).model).mean()


def test_chosen_time_moves_the_field_and_nothing_else(ring: Evaluator, taken: tuple[Observer, Snapshot]) -> None:
    observer, snapshot = taken
    train_state = TrainState(SMALL, (2,), 0)
    evaluation = snapshot.evaluation.at(ring, lambda: train_state.load(snapshot.progress.weights), 0.8)
    assert evaluation.t == ring.time(0.8) and np.array_equal(evaluation.samples, snapshot.evaluation.samples)
    observer.share = 0.8
    again = observer(train_state.load(snapshot.progress.weights), snapshot.progress)
    np.testing.assert_allclose(evaluation.learned, again.learned, atol=1e-6)
    assert not np.allclose(evaluation.learned, snapshot.evaluation.learned)


def test_live_picture_stands_still(ring: Evaluator, taken: tuple[Observer, Snapshot]) -> None:
    snapshot = taken[1]
    fields = ring.fields(snapshot.evaluation.learned[None], [snapshot.evaluation.t])
    scene = live(ring.setting, snapshot, snapshot.evaluation, fields)
    assert [pane.frames for pane in scene.panes] == [1] * 6
    assert len(scene.payload()) < 40_000  # sent more than twice a second


def test_axes_stand_still_while_it_learns(ring: Evaluator) -> None:
    """Steps: all that are planned, from the first look on. Heights: they widen, in round numbers, and seldom."""
    config, observer, losses = TrainingConfig(batch=128, steps=200), Observer(ring, 0.3), LossHistory()
    train_state, charts = TrainState(config, (2,), 0), []
    for progress in training_steps(config, ring.problem.data.points, 0):
        losses.add(progress.step, progress.loss)
        if progress.step % 10 == 1:
            seen = observer(train_state.load(progress.weights), progress)
            fields = ring.fields(seen.learned[None], [seen.t])
            scene = live(ring.setting, Snapshot(progress, seen, losses.curve(), ()), seen, fields)
            charts.append([pane.layers[0] for pane in scene.panes[3:]])
    for loss, _, distance in charts:
        assert loss.x_limits == distance.x_limits == (1, 200)  # type: ignore[union-attr]
    for looks in zip(*charts, strict=True):
        limits = np.array([curve.y_limits for curve in looks])  # type: ignore[union-attr]
        assert (np.diff(limits[:, 0]) <= 0).all() and (np.diff(limits[:, 1]) >= 0).all()
        assert len(np.unique(limits, axis=0)) <= 6 < len(looks)
        for curve, (low, high) in zip(looks, limits, strict=True):
            assert all((low <= y).all() and (y <= high).all() for y in curve.lines.values())  # type: ignore[union-attr]


def test_replay_runs_from_the_first_weights_to_the_last(ring: Evaluator, taken: tuple[Observer, Snapshot]) -> None:
    snapshot = taken[1]
    scene = replay(replay_learning(ring, SMALL, 0, snapshot, 0.3))
    assert scene.clock_values is not None and (scene.clock_values[0], scene.clock_values[-1]) == (0, SMALL.steps)
    cloud = scene.panes[0].layers[1].xy  # type: ignore[union-attr]
    assert cloud.shape == (len(scene.clock_values), SAMPLES, 2)
    np.testing.assert_allclose(cloud[0], ring.run(TrainState(SMALL, (2,), 0).model).final, atol=1e-6)
    np.testing.assert_allclose(cloud[-1], snapshot.evaluation.samples, atol=1e-6)


def test_near_noise_the_field_is_right_before_the_first_step(ring: Evaluator) -> None:
    untrained = TrainState(SMALL, (2,), 0).model

    def error(t: float) -> float:
        exact = ring.field(ring.problem.exact, t)
        return float(np.linalg.norm(ring.field(untrained, t) - exact) / np.linalg.norm(exact))

    assert error(0.9) < 0.01 and error(0.05) > 0.9


def test_learning_x0_errs_on_the_noise_near_the_data_but_its_samples_are_fine(ring: Evaluator) -> None:
    settings = TrainingConfig(steps=300, objective=Denoising(target="x0"))
    *_, last = training_steps(settings, ring.problem.data.points, 0)
    model = TrainState(settings, (2,), 0).load(last.weights)
    assert ring.error(model)[-1] > 10  # of noise of unit scale
    assert sliced_w2(ring.run(model).final, ring.fresh) < ring.setting.floor.mean + 2 * ring.setting.floor.spread


def test_a_number_that_follows_the_clock_stands_there_alone(ring: Evaluator, taken: tuple[Observer, Snapshot]) -> None:
    """The clock shows the step of the picture, held until the next; a chart reads off at the same step."""
    scene = replay(replay_learning(ring, SMALL, 0, taken[1], 0.3))
    cloud, learned, _, *charts = scene.panes
    assert scene.clock_holds and cloud.notes is not None and scene.clock_values is not None
    assert [note.split()[-1] for note in cloud.notes] == [f"{step:,.0f}" for step in scene.clock_values]
    assert not any(digit in pane.note for pane in charts for digit in "0123456789")
    assert not any(pane.smooth for pane in charts if pane.frames > 1)
    assert f"t = {ring.time(0.3):.2f}" in learned.note  # the same at every step
    untrained = preview(preview_learning(ring, SMALL, 0))
    assert untrained.clock_label == "t" and not any("t =" in f"{pane.note} {pane.notes}" for pane in untrained.panes)


def test_floor_is_drawn_as_the_spread_of_single_draws(ring: Evaluator, taken: tuple[Observer, Snapshot]) -> None:
    curve = replay(replay_learning(ring, SMALL, 0, taken[1], 0.3)).panes[-1].layers[0]
    low, high = curve.bands["floor"]  # type: ignore[union-attr]
    others = [ring.problem.draw(SAMPLES, 9_000_000 + k) for k in range(30)]
    inside = [low[0] < sliced_w2(points, ring.fresh) < high[0] for points in others]
    assert 15 <= sum(inside) and high[0] - low[0] > 6 * ring.floor.error  # of a draw, not of the mean


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_preview_on_every_schedule(schedule: str) -> None:
    settings = TrainingConfig(schedule=SCHEDULES[schedule]())
    moons = Evaluator(learning_problem(DATASETS["moons"](), settings.schedule, 0))
    scene = preview(preview_learning(moons, settings, 0))
    assert np.isfinite(scene.panes[0].layers[1].xy).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_preview_shows_the_weight_of_every_loss(ring: Evaluator, target: str, weighting: str) -> None:
    settings = TrainingConfig(objective=Denoising(target=target, weighting=WEIGHTINGS[weighting]()))
    curve = preview(preview_learning(ring, settings, 0)).panes[-1].layers[0]
    assert (curve.lines["weight"] > 0).all()  # type: ignore[union-attr]


def test_drawn_points_are_a_problem_like_any_other() -> None:
    angle = np.linspace(0, 6, 60)
    drawn = DrawnPoints(points=np.stack([np.cos(angle), np.sin(angle)], 1))
    evaluator = Evaluator(learning_problem(drawn, Cosine(), 0))
    assert np.isfinite(evaluator.error(evaluator.problem.exact)).all() and evaluator.floor.mean > 0
