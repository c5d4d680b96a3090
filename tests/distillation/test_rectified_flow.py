"""Rectified flow against closed forms: a Gaussian's first flow and its straight one, and Euler's steps as DDIM's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import islice, pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import Ring
from diffviz.distillation.rectified_flow import (
    Pairs,
    RectifiedFlow,
    RectifiedStudent,
    first_flow,
    flow_training,
    velocity_loss,
)
from diffviz.experiments.problem import Problem
from diffviz.grids import UniformTime
from diffviz.metrics import length_over_chord, straightness
from diffviz.networks import MLP, UNet
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction, levels
from diffviz.protocols import Coefficient, Schedule
from diffviz.samplers import DDIM, prior, sample
from diffviz.schedules import SCHEDULES, Cosine, Flow
from diffviz.training.loop import Progress, TrainingConfig, TrainState
from diffviz.training.train import train

SPREAD = 0.3  # standard deviation of Gaussian data
DATA = Ring()
QUICK = RectifiedFlow(pairs=1024, solver_steps=10, steps=60, batch=128)


class GaussianScore:
    """Exact for data N(0, SPREAD²): E[x_0 | x_t] = alpha SPREAD² x / (alpha² SPREAD² + sigma²)."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        alpha, sigma = levels(self.schedule, t, x)
        variance = alpha * alpha * SPREAD**2 + sigma * sigma
        return Prediction.of_x0(x, alpha, sigma, alpha * SPREAD**2 / variance * x)


class StraightGaussian:
    """What reflow is to find for them: data SPREAD eps, joined to eps by a line, so that u = (1 - SPREAD) eps."""

    schedule = Flow()

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        alpha, sigma = levels(self.schedule, t, x)
        return Prediction.of_u(x, alpha, sigma, (1 - SPREAD) * x / (alpha * SPREAD + sigma))


def noise(count: int = 64, seed: int = 0) -> WhiteNoise:
    return WhiteNoise(seed, (count, 2), torch.float64)


def euler(model: RectifiedStudent, x: Tensor, times: np.ndarray) -> Tensor:
    for s, t in pairwise(times.tolist()):
        x = x - (s - t) * model.model.predict(x, s).u
    return x


def test_ddim_on_the_flow_schedule_is_eulers_method_on_u():
    problem = Problem(DATA)
    student = RectifiedStudent(first_flow(problem.exact))
    start = prior(student.schedule, noise())
    times = UniformTime().times(student.schedule, 6)
    run = student.run(start, 6, noise())
    assert run.nfe == 6
    torch.testing.assert_close(run.final, euler(student, start, times), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(torch.from_numpy(run.t), torch.from_numpy(times))


@pytest.mark.parametrize("slug", SCHEDULES)
def test_the_flow_of_any_path_is_the_straight_one_at_other_times_and_on_another_scale(slug: str):
    """In the same noise levels DDIM takes both to the same places but for a factor, however few the steps."""
    schedule, straight = SCHEDULES[slug](), Flow()
    exact = Problem(DATA).exact_on(schedule)
    low, high = max(-4.0, float(schedule.lam(schedule.t_max))), min(4.0, float(schedule.lam(schedule.t_min)))
    lam = np.linspace(low, high, 5)
    old, new = schedule.time_of(lam), straight.time_of(lam)
    eps = noise().initial()
    here = sample(DDIM(), exact, schedule.sigma(float(old[0])) * eps, old, noise()).x
    there = sample(DDIM(), first_flow(exact), straight.sigma(float(new[0])) * eps, new, noise()).x
    scale = torch.from_numpy(straight.sigma(new) / schedule.sigma(old))[:, None, None]
    torch.testing.assert_close(there, here * scale, rtol=1e-6, atol=1e-6)


def test_the_first_flow_of_a_gaussian_moves_as_its_closed_form_says():
    """x_t = eps sqrt((1 - t)² SPREAD² + t²): rays from the centre, at a changing speed."""
    student, schedule = RectifiedStudent(first_flow(GaussianScore(Cosine()))), Flow()
    run = student.run(prior(schedule, noise()), 800, noise())
    radius = np.sqrt(((1 - run.t) * SPREAD) ** 2 + run.t**2)
    torch.testing.assert_close(run.x, torch.from_numpy(radius / radius[0])[:, None, None] * run.x[0], rtol=0, atol=0.02)
    share = (run.t[0] - run.t) / (run.t[0] - run.t[-1])
    bent = np.trapezoid((np.gradient(radius, share) - (radius[-1] - radius[0])) ** 2, share)
    size = float(run.x[0].square().sum(1).mean()) / radius[0] ** 2
    assert straightness(run.t, run.x) == pytest.approx(size * bent, rel=0.02)
    assert straightness(run.t, run.x) > 0.02


def test_reflow_of_a_gaussian_is_exact_in_one_step():
    student = RectifiedStudent(StraightGaussian())
    start = prior(student.schedule, noise())
    first, last = student.schedule.t_max, student.schedule.t_min
    ends = start * ((1 - last) * SPREAD + last) / ((1 - first) * SPREAD + first)
    for calls in (1, 2, 5):
        run = student.run(start, calls, noise())
        torch.testing.assert_close(run.final, ends)
        assert straightness(run.t, run.x) == pytest.approx(0, abs=1e-20)
        assert length_over_chord(run.x) == pytest.approx(1)


def test_the_loss_is_least_for_the_velocity_of_the_lines():
    """Zero where no two lines cross; on pairs with independent noise it is the variance of eps - x_0 given x_t."""
    eps = noise(20_000).initial()
    other = noise(20_000, seed=1).initial()
    t = torch.full((20_000,), 0.4, dtype=torch.float64)
    assert velocity_loss(StraightGaussian(), SPREAD * eps, eps, t).item() == pytest.approx(0, abs=1e-20)
    variance = SPREAD**2 / ((0.6 * SPREAD) ** 2 + 0.4**2)  # Var(eps - x_0) - Cov(eps - x_0, x_t)² / Var x_t
    independent = velocity_loss(first_flow(GaussianScore(Cosine())), SPREAD * other, eps, t).item()
    assert independent == pytest.approx(variance, rel=0.03)
    assert velocity_loss(StraightGaussian(), SPREAD * other, eps, t).item() > 1.1 * independent


@pytest.fixture(scope="module")
def teacher() -> TrainState:
    return train(DATA, TrainingConfig(batch=256, steps=150, decay="cosine", network=MLP(width=32)))


def learned(teacher: TrainState, method: RectifiedFlow, steps: int | None = None) -> list[Progress]:
    return list(islice(method.learn(teacher, torch.zeros(8, 2), 3), steps))


def test_before_the_first_step_the_student_is_the_first_flow(teacher: TrainState):
    state = QUICK.state(teacher, 5)  # not the seed that drew the teacher's frequencies
    student = state.load(state.initial)
    start, drawn = noise().initial().float(), noise()
    first = RectifiedStudent(first_flow(teacher.model)).run(start, 4, drawn)
    torch.testing.assert_close(student.run(start, 4, drawn).final, first.final)
    assert student.budgets == (1, 2, 4, 8)
    assert state.tensors().keys() == teacher.network.state_dict().keys()


def test_pairs_are_joined_by_the_teachers_flow(teacher: TrainState):
    pairs = Pairs(dataclasses.replace(QUICK, solver_steps=200), teacher.model, (2,), 0, 0)
    pairs.grow_to(100)
    assert pairs.count == 128 and len(pairs.x0) == len(pairs.eps) == 128
    finely = RectifiedStudent(first_flow(teacher.model)).run(pairs.eps, 800, noise(128)).final
    assert float((finely - pairs.x0).square().sum(1).mean().sqrt()) < 0.05
    pairs.grow_to(10_000)
    assert pairs.count == 1024 and not torch.equal(pairs.eps[:128], pairs.eps[128:256])


def test_reflow_straightens_the_paths_and_leaves_the_teacher_as_it_was(teacher: TrainState):
    before, state = teacher.initial, QUICK.state(teacher, 3)
    progress = learned(teacher, QUICK)

    def bent(weights: Tensor) -> float:
        student = state.load(weights)
        run = student.run(prior(student.schedule, WhiteNoise(0, (200, 2))), 40, noise())
        return straightness(run.t, run.x)

    assert bent(progress[-1].weights) < 0.5 * bent(before)
    assert [p.step for p in progress] == list(range(1, 61)) and progress[-1].steps == 60
    assert torch.equal(teacher.initial, before)


@pytest.mark.parametrize("step", [7, 12, 15])
def test_a_training_that_was_interrupted_goes_on_as_if_it_had_not_been(teacher: TrainState, step: int):
    """Before the end of the first round, at it, and in the second."""
    method = dataclasses.replace(QUICK, rounds=2, steps=12)
    assert method.total_steps == 24
    whole: Iterator[Progress] = method.learn(teacher, torch.zeros(8, 2), 3)
    *_, last = islice(whole, step)
    assert last.capture is not None
    captured = last.capture()
    rest = list(method.learn(teacher, torch.zeros(8, 2), 3, resume=captured))
    for ours, theirs in zip(rest, whole, strict=True):
        assert (ours.step, ours.loss, ours.smooth_loss) == (theirs.step, theirs.loss, theirs.smooth_loss)
        assert torch.equal(ours.weights, theirs.weights)


def test_at_the_end_nothing_is_left_and_before_it_something(teacher: TrainState) -> None:
    left = [progress.left for progress in learned(teacher, dataclasses.replace(QUICK, rounds=2, steps=12))]
    assert left[-1] == 0 and min(left[:-1]) > 0


def test_a_second_round_learns_the_ends_of_the_first_ones_student(teacher: TrainState):
    method = dataclasses.replace(QUICK, rounds=2, steps=12)
    first, second = learned(teacher, dataclasses.replace(method, rounds=1))[-1], learned(teacher, method, 13)[-1]
    assert second.capture is not None
    beside = second.capture().beside
    assert beside is not None and torch.equal(beside, first.weights)


def test_other_points_and_labelled_teachers_are_refused(teacher: TrainState):
    with pytest.raises(ConfigError, match=r"The teacher knows points of shape \(2,\), got \(3,\)\."):
        next(QUICK.learn(teacher, torch.zeros(8, 3), 0))
    labelled = TrainState(TrainingConfig(network=UNet(width=8, blocks=1, classes=3)), (1, 8, 8), 0)
    with pytest.raises(ConfigError, match=r"without labels\."):
        QUICK.state(labelled, 0)


def test_images_are_reflowed_by_the_same_method():
    network = UNet(width=8, blocks=1)
    images = TrainState(TrainingConfig(network=network), (1, 8, 8), 0)
    method = RectifiedFlow(pairs=64, solver_steps=5, steps=2, batch=16)
    *_, last = method.learn(images, torch.zeros(4, 1, 8, 8), 0)
    student = method.state(images, 0).load(last.weights)
    run = student.run(torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(0)), 2, noise())
    assert run.final.shape == (3, 1, 8, 8) and run.nfe == 2


def test_a_flow_from_data_is_the_same_training_with_u_on_the_straight_path():
    settings = flow_training(TrainingConfig(steps=7))
    assert settings.steps == 7 and settings.schedule == Flow() and settings.objective.target == "u"
    model = train(DATA, dataclasses.replace(settings, steps=2, batch=16)).model
    x = noise(5).initial().float()
    torch.testing.assert_close(first_flow(model).predict(x, 0.3).u, model.predict(x, 0.3).u, rtol=1e-4, atol=1e-4)
