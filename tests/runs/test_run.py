"""Background runs: what each command leads to, and who computes when. No test waits for a fixed time."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.networks import MLP
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.runs.history import LossHistory, WeightHistory
from diffviz.runs.lifecycle import END_AFTER, PAUSE_AFTER
from diffviz.runs.registry import Registry
from diffviz.runs.run import TrainingRun
from diffviz.runs.slots import Slots
from diffviz.runs.snapshot import Status
from diffviz.training.loop import TrainingConfig, training_steps

LONG = TrainingConfig(batch=16, steps=1_000_000, network=MLP(width=4, depth=1, x_features=1))
SHORT = replace(LONG, steps=30)
POINTS = np.random.default_rng(0).standard_normal((50, 2))
PATIENCE = 30.0  # seconds after which something that must happen has not


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def make():
    """Runs on their own seats and cores, all stopped at the end."""
    seats, cores, made = Slots(8), Slots(2), []

    def build(settings: TrainingConfig = LONG, points=POINTS, seed: int = 0, **options) -> TrainingRun:
        made.append(TrainingRun(settings, points, seed, **{"seats": seats, "cores": cores, **options}))
        return made[-1]

    yield build
    for run in made:
        run.stop()
    for run in made:
        run.join(PATIENCE)


def reaches(run: TrainingRun, status: Status) -> bool:
    return run.wait(lambda: run.status is status, PATIENCE)


def moves(run: TrainingRun) -> bool:
    """Whether a snapshot later than the present one appears."""
    seen = run.latest
    return run.wait(lambda: run.latest is not seen, PATIENCE)


def ended(run: TrainingRun) -> bool:
    run.join(PATIENCE)
    return run.status.ended


def test_a_run_ends_where_the_loop_ends(make: Callable[..., TrainingRun]):
    run = make(SHORT)
    assert run.status is Status.READY
    run.start()
    assert ended(run)
    assert run.status is Status.FINISHED
    assert run.latest is not None
    assert torch.equal(run.latest.progress.weights, list(training_steps(SHORT, POINTS, 0))[-1].weights)
    assert run.latest.losses.shape == (30, 2)
    assert [m.step for m in run.moments][:4] == [0, 1, 2, 3]


def test_pause_keeps_the_state_and_resume_goes_on_to_the_same_end(make: Callable[..., TrainingRun]):
    paused = []

    def pause_once(model, progress):
        if not paused:
            paused.append(progress.step)
            run.pause()

    run = make(replace(LONG, steps=1500), observe=pause_once)
    run.start()
    assert reaches(run, Status.PAUSED)
    assert run.latest is not None and run.latest.progress.step < 1500
    run.resume()
    assert ended(run)
    assert torch.equal(run.latest.progress.weights, list(training_steps(run.settings, POINTS, 0))[-1].weights)


def test_stop_keeps_the_weights_and_is_for_good(make: Callable[..., TrainingRun]):
    run = make()
    run.start()
    assert moves(run)
    run.stop()
    assert ended(run)
    kept = run.latest
    run.start()
    assert run.status is Status.STOPPED
    assert run.latest is kept is not None


def test_a_run_saves_its_latest_weights(make: Callable[..., TrainingRun], tmp_path: Path):
    run, path = make(SHORT), tmp_path / "run.safetensors"
    with pytest.raises(ConfigError, match="nothing to save"):
        run.save(path, "gaussian")
    run.start()
    assert ended(run)
    run.save(path, "gaussian")
    train_state, card = load_checkpoint(path)
    assert (card.step, card.data) == (30, "gaussian")
    assert torch.equal(train_state.parameters.values, run.latest.progress.weights)


def test_reset_leads_back_to_the_very_same_initial_weights(make: Callable[..., TrainingRun]):
    run = make()
    born = run.model().network.state_dict()
    run.start()
    assert run.wait(lambda: len(run.moments) >= 5, PATIENCE)
    first = run.moments
    run.reset()
    assert reaches(run, Status.READY)
    assert run.latest is None and run.moments == ()
    assert all(torch.equal(born[key], value) for key, value in run.model().network.state_dict().items())
    run.start()
    assert run.wait(lambda: len(run.moments) >= 5, PATIENCE)
    assert all(torch.equal(a.weights, b.weights) for a, b in zip(first[:5], run.moments[:5], strict=True))


def test_reset_after_the_end_is_ready_to_start_again(make: Callable[..., TrainingRun]):
    run = make(SHORT)
    run.start()
    assert ended(run)
    run.reset()
    assert run.status is Status.READY
    run.start()
    assert ended(run)
    assert run.status is Status.FINISHED


def test_start_right_after_reset_starts_from_the_beginning(make: Callable[..., TrainingRun]):
    run = make()
    run.start()
    assert moves(run)
    run.reset()
    run.start()
    assert run.wait(lambda: run.latest is not None, PATIENCE)
    assert run.moments[0].step == 0
    assert run.moments[1].step == 1


def test_a_loss_that_is_not_finite_ends_the_run_with_one_sentence(make: Callable[..., TrainingRun]):
    run = make(LONG, points=np.full((10, 2), 1e30))
    run.start()
    assert ended(run)
    assert run.status is Status.FAILED
    assert run.reason.startswith("The loss is not finite at step 1; the initial weights are kept.")


def test_the_last_good_weights_are_kept_when_the_loss_explodes(make, monkeypatch: pytest.MonkeyPatch):
    real = list(training_steps(replace(LONG, steps=20), POINTS, 0))

    def explode(settings, points, seed, **more):
        yield from real
        yield replace(real[-1], step=21, loss=float("nan"))

    monkeypatch.setattr("diffviz.runs.run.training_steps", explode)
    run = make()
    run.start()
    assert ended(run)
    assert run.status is Status.FAILED and "step 21" in run.reason and "step 20" in run.reason
    assert run.latest.progress is real[-1]


def test_bad_points_and_a_broken_observer_fail_with_a_sentence(make: Callable[..., TrainingRun]):
    def broken(model, progress):
        raise KeyError("lost")

    for run, word in ((make(points=np.zeros((0, 2))), "needs points"), (make(observe=broken), "KeyError")):
        run.start()
        assert ended(run)
        assert run.status is Status.FAILED and word in run.reason


def test_nobody_looking_pauses_a_look_wakes_and_long_silence_ends(make: Callable[..., TrainingRun]):
    clock = Clock()
    run = make(clock=clock)
    run.start()
    assert moves(run)
    clock.now = PAUSE_AFTER
    assert reaches(run, Status.IDLE)
    run.touch()
    assert reaches(run, Status.RUNNING) and moves(run)
    clock.now += END_AFTER
    run.wake()
    assert ended(run)
    assert run.status is Status.STOPPED and "ten minutes" in run.reason
    assert run.latest is not None


def test_a_paused_run_stays_paused_when_looked_at_and_ends_unlooked(make: Callable[..., TrainingRun]):
    clock = Clock()
    run = make(clock=clock)
    run.start()
    run.pause()
    assert reaches(run, Status.PAUSED)
    clock.now = END_AFTER - 1
    run.touch()
    clock.now += PAUSE_AFTER
    run.wake()
    assert run.status is Status.PAUSED
    clock.now += END_AFTER
    run.wake()
    assert ended(run)


def test_a_run_without_a_seat_stands_in_line_until_one_is_free(make: Callable[..., TrainingRun]):
    seats = Slots(1)
    first, second, third = (make(seats=seats) for _ in range(3))
    first.start()
    assert moves(first)
    for run in (second, third):
        run.start()
        assert run.wait(lambda run=run: run.position > 0, PATIENCE)
    assert (first.position, second.position, third.position) == (0, 1, 2)
    assert second.status is Status.QUEUED and second.latest is None
    first.pause()
    assert moves(second)
    assert third.position == 1
    second.stop()
    assert moves(third)


def test_never_more_runs_compute_than_there_are_cores(make: Callable[..., TrainingRun]):
    cores, inside, most, lock = Slots(1), [], [], threading.Lock()

    def watch(model, progress):
        with lock:
            inside.append(1)
            most.append(len(inside))
        model.predict(torch.zeros(2000, 2), 0.5)
        with lock:
            inside.pop()

    runs = [make(cores=cores, observe=watch) for _ in range(3)]
    for run in runs:
        run.start()
    assert all(moves(run) for run in runs)
    assert max(most) == 1


def test_a_run_in_line_for_a_core_pauses_at_once(make: Callable[..., TrainingRun]):
    cores, other, waits = Slots(1), object(), threading.Event()
    cores.enter(other, waits.set)
    run = make(cores=cores)
    run.start()
    while not cores.full:
        threading.Event().wait(0.01)
    run.pause()
    assert reaches(run, Status.PAUSED) and not cores.full
    cores.leave(other)
    run.resume()
    assert moves(run)


def test_looks_take_a_fifth_of_the_runs_own_work_at_most(make, monkeypatch: pytest.MonkeyPatch):
    clock, looked_at = Clock(), []
    monkeypatch.setattr("diffviz.runs.slices.SLICE", 0.0)  # a look could follow each step

    def steps(*args, **more):
        for progress in training_steps(*args, **more):
            clock.now += 1.0  # a step's work
            yield progress

    def look(model, progress):
        clock.now += 3.0
        looked_at.append(progress.step)

    monkeypatch.setattr("diffviz.runs.run.training_steps", steps)
    run = make(replace(LONG, steps=60), observe=look, every=0.0, work_clock=clock)
    run.start()
    assert ended(run)
    assert looked_at == [1, 13, 25, 37, 49, 60]  # 12 units of training for each look of 3, and a look at the end


def test_the_registry_adopts_by_id_forgets_what_nobody_looks_at_and_joins_at_the_end(make):
    clock, registry = Clock(), Registry()
    old, new = registry.add(make(clock=clock)), make(clock=clock)
    assert len(old.id) >= 20 and old.id != new.id
    assert registry.adopt(old.id) is old
    assert registry.adopt("guess") is None and registry.page_of("guess") is None
    clock.now = END_AFTER
    new.touch()
    registry.add(new, "train")
    assert registry.adopt(old.id) is None and len(registry) == 1 and registry.page_of(new.id) == "train"
    new.start()
    assert moves(new)
    registry.close()
    assert new.status is Status.STOPPED and len(registry) == 0


def test_the_loss_history_is_bounded_and_keeps_the_mean():
    history = LossHistory(limit=50)
    for step in range(1, 1025):
        history.add(step, float(step))
    curve = history.curve()
    assert 25 <= len(curve) < 50
    stride = curve[0, 0]  # a power of two, as the strides double
    assert np.allclose(curve[:, 1], curve[:, 0] - (stride - 1) / 2)


def test_moments_are_bounded_and_spread_over_log_step():
    moments = WeightHistory(limit=20)
    for step in range(100_000):
        moments.offer(step, torch.tensor([float(step)]))
    steps = [m.step for m in moments.all()]
    assert len(steps) == 20 and steps[0] == 0 and steps[-1] > 70_000
    assert np.diff(np.log1p(steps)).max() < 1.5
    assert all(m.weights.item() == m.step for m in moments.all())


def test_moments_of_large_weights_are_fewer_but_the_first_and_the_latest_stay():
    moments, weights = WeightHistory(limit=20, budget=1000), torch.zeros(40)  # 160 bytes: six fit
    for step in range(1, 5001):
        moments.offer(step, weights)
        kept = moments.all()
        assert sum(m.weights.nbytes for m in kept) <= 1000 and kept[0].step == 1
    assert len(kept) == 6 and kept[-1].step > 4000
    huge = WeightHistory(budget=10)
    for step in range(100):
        huge.offer(step, weights)
    first, last = huge.all()
    assert (first.step, last.step) == (0, 94)  # the latest that was due
