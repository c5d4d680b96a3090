"""Every method of the catalogue keeps the contract of a student: alike for a seed, counted, resumed, kept in a file."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.networks import UNet
from diffviz.noise import WhiteNoise
from diffviz.pretrained.checkpoint import save_checkpoint
from diffviz.pretrained.students import STUDENTS, load_student, save_student, student_of
from diffviz.samplers import SAMPLERS, prior
from diffviz.training.loop import Progress, TrainingConfig, TrainState
from diffviz.training.resume import ResumeState
from diffviz.trajectory import Trajectory
from tests.toy_student import TEACHER

every_method = pytest.mark.parametrize("slug", STUDENTS)
SHAPES = {"plane": (2,), "images": (1, 8, 8)}


@cache
def teacher(shape: tuple[int, ...]) -> TrainState:
    """A network that knows nothing."""
    settings = TEACHER if len(shape) == 1 else TrainingConfig(batch=16, steps=4, network=UNet(width=8, patch=1))
    return TrainState(settings, shape, 0)


def run(slug: str, shape: tuple[int, ...], calls: int, seed: int, count: int = 3) -> Trajectory:
    state = STUDENTS[slug]().state(teacher(shape), 0)
    student, noise = student_of(state), WhiteNoise(seed, (count, *shape))
    return student.run(prior(student.schedule, noise), calls, noise)


def steps(
    slug: str, count: int, seed: int = 0, resume: ResumeState | None = None
) -> list[tuple[Progress, ResumeState]]:
    """The first steps of a training, or the next ones, each with all that the loop held after it."""
    points = torch.randn(64, 2, generator=torch.Generator().manual_seed(7))
    loop = STUDENTS[slug]().learn(teacher((2,)), points, seed, resume=resume)
    taken = []
    for progress in islice(loop, count):
        assert progress.capture is not None
        taken.append((progress, progress.capture()))
    return taken


def test_no_method_has_the_name_of_a_sampler() -> None:
    assert not STUDENTS.keys() & SAMPLERS.keys()
    titles = {kind.title for kind in (*STUDENTS.values(), *SAMPLERS.values())}
    assert len(titles) == len(STUDENTS) + len(SAMPLERS)


@every_method
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_calls_of_every_budget_are_counted(slug: str, shape: tuple[int, ...]) -> None:
    budgets = student_of(STUDENTS[slug]().state(teacher(shape), 0)).budgets
    assert list(budgets) == sorted(set(budgets)) and budgets[0] >= 1
    for calls in budgets if len(shape) == 1 else budgets[:1]:
        made = run(slug, shape, calls, 0)
        assert made.nfe == calls and torch.isfinite(made.x).all()
        assert made.x.shape == (len(made.t), 3, *shape) and made.x0.shape == (len(made.t) - 1, 3, *shape)
        assert (np.diff(made.t) < 0).all()
    other = budgets[-1] + 1
    with suppress(ConfigError):  # where it has not learned that; some know any number
        assert run(slug, shape, other, 0).nfe == other


@every_method
def test_a_seed_reproduces_and_a_particle_does_not_notice_the_others(slug: str) -> None:
    calls = student_of(STUDENTS[slug]().state(teacher((2,)), 0)).budgets[-1]
    few = run(slug, (2,), calls, 3)
    assert torch.equal(few.x, run(slug, (2,), calls, 3).x)
    assert not torch.equal(few.x, run(slug, (2,), calls, 4).x)
    torch.testing.assert_close(run(slug, (2,), calls, 3, count=9).x[:, :3], few.x, rtol=1e-4, atol=1e-4)


@every_method
def test_training_is_alike_for_a_seed_and_fills_the_state(slug: str) -> None:
    (one, _), (other, _) = steps(slug, 2)[-1], steps(slug, 2)[-1]
    assert torch.equal(one.weights, other.weights) and (one.loss, one.step) == (other.loss, 2)
    assert not torch.equal(one.weights, steps(slug, 2, seed=1)[-1][0].weights)
    method = STUDENTS[slug]()
    state = method.state(teacher((2,)), 0)
    assert one.steps == method.total_steps and one.weights.shape == state.initial.shape and one.finite
    before = {name: value.clone() for name, value in state.tensors().items()}
    state.load(one.weights)
    assert any(not torch.equal(before[name], value) for name, value in state.tensors().items())
    assert torch.equal(state.initial, one.weights)


@every_method
def test_a_training_that_is_resumed_goes_on_as_if_it_had_not_been_interrupted(slug: str) -> None:
    whole = steps(slug, 4)
    resumed = steps(slug, 2, resume=whole[1][1])
    for (a, kept), (b, other) in zip(whole[2:], resumed, strict=True):
        assert a.step == b.step and torch.equal(a.weights, b.weights) and a.loss == b.loss
        assert torch.equal(kept.mean, other.mean) and torch.equal(kept.lam_loss, other.lam_loss)


@every_method
@pytest.mark.parametrize("half", [False, True], ids=["single", "half"])
def test_a_student_comes_back_from_its_file(slug: str, half: bool, tmp_path: Path) -> None:
    taught_by = save_checkpoint(tmp_path / "teacher.safetensors", teacher((2,)), 0, 4, "ring")
    method, path = STUDENTS[slug](), tmp_path / "a.safetensors"
    state = method.state(teacher((2,)), 0)
    state.load(steps(slug, 1)[0][0].weights)
    save_student(path, state, taught_by, 0, 1, "ring", half=half)
    again, card = load_student(path, teacher((2,)), taught_by)
    assert card.method == method and again.settings == method
    _assert_alike(state.tensors(), again.tensors(), half)


def _assert_alike(one: dict[str, Tensor], other: dict[str, Tensor], half: bool) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=1e-3 if half else 0, atol=1e-3 if half else 0)
