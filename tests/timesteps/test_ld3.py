"""LD3 as a method: what it learns, that it goes on as if never interrupted, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import SwissRoll
from diffviz.networks import UNet
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import shipped_state
from diffviz.timesteps import LD3, LD3Progress, LD3Student
from diffviz.timesteps.ld3 import frozen_copy, squared_distance, teacher_ends
from diffviz.training.loop import TrainingConfig, TrainState

BRIEF = LD3(fewest=4, most=5, steps=60, batch=64, starts=256, teacher_calls=40)
POINTS = torch.zeros(1, 2)


@cache
def teacher() -> TrainState:
    state = shipped_state(SwissRoll())
    assert state is not None
    return state


@cache
def learned(settings: LD3) -> LD3Progress:
    return list(settings.learn(teacher(), POINTS, seed=0))[-1]


def student(settings: LD3, weights: Tensor | None = None) -> LD3Student:
    state = settings.state(teacher(), 0)
    return state.load(state.initial if weights is None else weights)


@cache
def held_out() -> tuple[Tensor, Tensor]:
    return teacher_ends(teacher().model, (2,), 500, 100, seed=9)


def flow_error(of: LD3Student, calls: int = 5) -> float:
    """Root mean square distance of the ends from the teacher's, on starts that it never learned from."""
    x, ends = held_out()
    return float(squared_distance(of.run(x, calls, WhiteNoise(0, (500, 2))).final, ends).mean().sqrt())


def test_a_minute_s_fraction_of_learning_halves_the_error_of_the_first_grid_at_both_numbers_of_calls() -> None:
    after = student(BRIEF, learned(BRIEF).weights)
    for calls in BRIEF.budgets:
        before = flow_error(student(BRIEF), calls)
        assert flow_error(after, calls) < 0.6 * before


def test_a_network_told_its_own_times_ends_nearer_than_one_told_the_grid_s() -> None:
    coupled = replace(BRIEF, decoupled=False)
    assert flow_error(student(BRIEF, learned(BRIEF).weights)) < flow_error(student(coupled, learned(coupled).weights))
    assert not any(student(coupled, learned(coupled).weights).steps(5).shifts)


def test_the_student_pays_the_calls_that_were_asked_for() -> None:
    run = student(BRIEF, learned(BRIEF).weights).run(held_out()[0][:3], 4, WhiteNoise(0, (3, 2)))
    assert run.nfe == 4 and len(run.t) == 5


def test_the_untrained_student_steps_on_the_first_grid() -> None:
    steps = student(replace(BRIEF, first="logsnr")).steps(5)
    assert np.allclose(steps.shares, [0.2, 0.4, 0.6, 0.8], atol=1e-6) and not any(steps.shifts)


def test_with_l_soft_the_starts_move_and_the_student_ends_nearer_from_where_they_moved() -> None:
    """The inner minimum is found: both the mean |x_T' - x_T| / (r sigma_T) and the drop of the loss are not 0."""
    soft = replace(BRIEF, radius=0.1)
    *_, last = soft.learn(teacher(), POINTS, 0)
    assert last.moved is not None and all(0.1 < share <= 1 for share in last.moved)
    assert last.capture is not None
    beside = last.capture().beside
    assert beside is not None
    moved = beside.reshape(2, soft.starts, 2)[1]
    x, ends = teacher_ends(frozen_copy(teacher()), (2,), soft.starts, soft.teacher_calls, 0)
    model, noise = student(soft, last.weights), WhiteNoise(0, (soft.starts, 2))
    hard, free = (squared_distance(model.run(start, 5, noise).final, ends).mean() for start in (x, moved))
    assert free < 0.7 * hard
    assert (moved - x).norm(dim=1).max() <= 0.1 * float(model.schedule.sigma(model.schedule.t_max)) * (1 + 1e-5)


@pytest.mark.parametrize("settings", [BRIEF, replace(BRIEF, radius=0.1)])
def test_from_what_was_captured_it_goes_on_as_if_it_had_not_been_interrupted(settings: LD3) -> None:
    settings = replace(settings, steps=6)
    whole = list(settings.learn(teacher(), POINTS, 0))
    part = next(settings.learn(teacher(), POINTS, 0))
    assert part.capture is not None
    rest = list(settings.learn(teacher(), POINTS, 0, resume=part.capture()))
    assert [progress.step for progress in rest] == [2, 3, 4, 5, 6]
    assert torch.equal(rest[-1].weights, whole[-1].weights) and rest[-1].losses == whole[-1].losses
    assert rest[-1].moved == whole[-1].moved


def test_learning_leaves_the_teacher_as_it_was() -> None:
    before = teacher().initial
    list(replace(BRIEF, steps=2).learn(teacher(), POINTS, 0))
    assert torch.equal(teacher().initial, before) and not teacher().parameters.gradient.any()


def test_the_tensors_of_a_file_are_the_weights_themselves() -> None:
    state = BRIEF.state(teacher(), 0)
    for value in state.tensors().values():
        value.fill_(0.25)
    assert torch.equal(state.initial, torch.full_like(state.initial, 0.25))
    assert sorted(state.tensors()) == ["logits.4", "logits.5", "shifts.4", "shifts.5"]


def test_images_are_learned_with_features_and_without() -> None:
    network = UNet(width=8, blocks=1)
    images = TrainState(TrainingConfig(network=network), (1, 8, 8), 0)
    torch.nn.init.normal_(images.network.out_layer.weight, std=0.1)  # an untrained one puts out zeros
    settings = LD3(fewest=2, most=2, steps=2, batch=2, starts=4, teacher_calls=10)
    for distance in ("l2", "features"):
        changed = replace(settings, distance=distance)
        first, last = changed.learn(images, torch.zeros(1, 1, 8, 8), 0, features=lambda x: x.flatten(1)[:, :5])
        assert last.finite and not torch.equal(first.weights, changed.state(images, 0).initial)


def test_what_cannot_be_learned_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"Sampler must be one of ddim, .*'flow-heun'\."):
        LD3(sampler="flow-heun")
    with pytest.raises(ConfigError, match=r"Fewest calls must be at most 4"):
        LD3(fewest=5, most=4)
    with pytest.raises(ConfigError, match=r"needs the features of a classifier"):
        next(replace(BRIEF, distance="features").learn(teacher(), POINTS, 0))
    with pytest.raises(ConfigError, match=r"learned for 4, 5 calls, not for 6"):
        student(BRIEF).steps(6)
    with pytest.raises(ConfigError, match=r"These are 3 weights"):
        BRIEF.state(teacher(), 0).load(torch.zeros(3))
    with pytest.raises(ConfigError, match=r"points like the teacher's"):
        next(BRIEF.learn(teacher(), torch.zeros(1, 3), 0))
