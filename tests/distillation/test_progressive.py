"""Progressive distillation: its target in closed form, what its rounds keep, and what the printed target teaches."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture
from diffviz.distillation.double_step import GRID, DoubleStep, ddim_step
from diffviz.distillation.progressive import ProgressiveDistillation
from diffviz.networks import MLP
from diffviz.noise import WhiteNoise
from diffviz.objectives import Denoising
from diffviz.samplers import DDIM, prior, sample
from diffviz.schedules import Cosine, Flow, GeometricVE, LinearVP
from diffviz.schedules.base import GaussianSchedule
from diffviz.scores.mixture import MixtureScore
from diffviz.student import StudentState
from diffviz.training.loop import TrainingConfig, TrainState

DEVIATION = 0.7
SMALL = TrainingConfig(network=MLP(width=8, depth=1, x_features=2))
POINTS = torch.from_numpy(np.random.default_rng(0).standard_normal((200, 2))).float()
BRIEF = ProgressiveDistillation(start=8, end=1, batch=32, steps=6)


def gaussian(schedule: GaussianSchedule) -> MixtureScore:
    """The exact score of N(0, DEVIATION²)."""
    one = GaussianMixture(np.ones(1), np.zeros((1, 1)), np.full((1, 1, 1), DEVIATION**2))
    return MixtureScore(schedule, one)


def shrinkage(schedule: GaussianSchedule, s: float, t: float) -> float:
    """A step of DDIM on N(0, DEVIATION²) multiplies x by this: x_0 = alpha v / (alpha² v + sigma²) x."""
    (alpha, sigma), (alpha_t, sigma_t) = ((float(schedule.alpha(u)), float(schedule.sigma(u))) for u in (s, t))
    x0 = alpha * DEVIATION**2 / (alpha**2 * DEVIATION**2 + sigma**2)
    return alpha_t * x0 + sigma_t / sigma * (1 - alpha * x0)


def teacher(seed: int = 0, target: str = "v") -> TrainState:
    """A small network whose last layer has been filled, so that it answers something."""
    state = TrainState(replace(SMALL, objective=Denoising(target)), (2,), seed)
    weights = state.initial
    generator = torch.Generator().manual_seed(seed)
    state.load(weights + 0.3 * torch.randn(weights.shape, generator=generator))
    return state


def learned(settings: ProgressiveDistillation, steps: int | None = None) -> tuple[StudentState, Tensor]:
    *_, last = islice(settings.learn(teacher(), POINTS, 0), steps)
    return settings.state(teacher(), 0), last.weights


@pytest.mark.parametrize("schedule", [Cosine(), LinearVP(), Flow(), GeometricVE()], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("steps", [1, 4, 32])
def test_on_a_gaussian_the_target_is_the_one_in_closed_form(schedule: GaussianSchedule, steps: int) -> None:
    """Both steps multiply z, so the target is z times (b - sigma''/sigma) / (alpha'' - sigma''/sigma alpha)."""
    times = GRID.times(schedule, 2 * steps)
    every = DoubleStep.all(schedule, steps)
    z = every.start.sigma.reshape(-1, 1) * torch.linspace(-2, 2, steps)[:, None] + 1
    step = every.at(torch.arange(steps) / steps, z)
    target = step.target(z, step.teacher_end(gaussian(schedule), z))
    alpha, sigma = schedule.alpha(times), schedule.sigma(times)
    for k in range(steps):
        s, m, e = times[2 * k : 2 * k + 3]
        both = shrinkage(schedule, s, m) * shrinkage(schedule, m, e)
        ratio = sigma[2 * k + 2] / sigma[2 * k]
        exact = (both - ratio) / (alpha[2 * k + 2] - ratio * alpha[2 * k]) * float(z[k])
        assert float(target[k]) == pytest.approx(exact, rel=2e-4, abs=2e-4)


def test_one_step_with_the_target_ends_where_two_steps_end_and_with_the_printed_one_does_not() -> None:
    schedule, z = Cosine(), torch.linspace(-2, 2, 9)[:, None]
    step = DoubleStep.all(schedule, 4).at(torch.full((9,), 0.3), z)
    model = gaussian(schedule)
    end = step.teacher_end(model, z)

    def apart(x0: Tensor) -> float:
        return float((ddim_step(z, x0, step.start, step.end) - end).abs().max())

    assert apart(step.target(z, end)) < 1e-6
    assert apart(model.predict(z, step.start.t).x0) > 0.01


def test_every_share_up_to_1_belongs_to_a_step() -> None:
    every = DoubleStep.all(Cosine(), 4)
    assert every.which(torch.tensor([0.0, 0.24, 0.25, 0.999, 1.0])).tolist() == [0, 0, 1, 3, 3]


def test_the_grids_of_all_rounds_nest() -> None:
    for schedule in (Cosine(), LinearVP(), GeometricVE()):
        for steps in BRIEF.rounds:
            assert np.array_equal(GRID.times(schedule, 2 * steps)[::2], GRID.times(schedule, steps))


@pytest.mark.parametrize(("target", "costs"), [("v", (0.5, 1.01)), ("x0", (0.5, 1.01)), ("eps", (100, 130))])
def test_what_an_error_of_the_output_costs_in_one_step_from_noise_to_data(
    target: str, costs: tuple[float, float]
) -> None:
    """In a single step x_0 = (x - sigma eps) / alpha is all of the sample: with alpha = 0.0085, eps costs 118 times."""
    state = teacher(target=target)
    x = torch.zeros(1, 2)
    times = GRID.times(state.model.schedule, 1)

    def end() -> Tensor:
        return sample(DDIM(), state.model, x, times, WhiteNoise(0, (1, 2))).final

    before = end()
    weights = state.initial
    weights[-2:] += 0.01  # the last layer's bias: an error of the output itself
    state.load(weights)
    low, high = costs
    assert low < float((end() - before).abs().max()) / 0.01 < high


def test_a_student_takes_each_number_of_steps_with_the_network_of_its_round() -> None:
    state, weights = learned(BRIEF)
    student = state.load(weights)
    noise = WhiteNoise(0, (16, 2))
    x = prior(student.schedule, noise)
    assert student.budgets == (1, 2, 4)
    assert [student.run(x, calls, noise).nfe for calls in student.budgets] == [1, 2, 4]
    with pytest.raises(ConfigError, match="1, 2, 4 steps, not 3"):
        student.run(x, 3, noise)


def test_the_tensors_of_a_file_are_those_that_the_student_runs_with() -> None:
    state, weights = learned(BRIEF)
    student, noise = state.load(weights), WhiteNoise(0, (16, 2))
    x = prior(student.schedule, noise)
    before = {calls: student.run(x, calls, noise).final for calls in (1, 2)}
    state.tensors()["1.biases.0"].add_(1)
    assert not torch.equal(student.run(x, 1, noise).final, before[1])
    assert torch.equal(student.run(x, 2, noise).final, before[2])


def test_before_its_first_step_a_student_is_its_teacher_in_every_round() -> None:
    one, model = BRIEF.state(teacher(), 0), teacher().model
    noise = WhiteNoise(0, (16, 2))
    x = prior(model.schedule, noise)
    for calls in (1, 2, 4):
        ddim = sample(DDIM(), model, x, GRID.times(model.schedule, calls), noise).final
        assert torch.equal(one.load(one.initial).run(x, calls, noise).final, ddim)


def test_a_round_changes_its_own_network_and_those_to_come_are_the_teachers() -> None:
    state, weights = learned(BRIEF, 8)  # two steps into the second round
    first, second, third = weights.chunk(3)
    untouched = state.initial.chunk(3)[2]
    assert torch.equal(third, untouched)
    assert not torch.equal(first, untouched) and not torch.equal(second, first)


def test_training_goes_on_in_the_middle_of_a_round_as_if_it_had_not_been_interrupted() -> None:
    steps = list(BRIEF.learn(teacher(), POINTS, 0))
    for stop in (4, 6, 9, 20):  # within rounds, and between two of them
        *_, before = islice(BRIEF.learn(teacher(), POINTS, 0), stop)
        assert before.capture is not None
        resumed = list(BRIEF.learn(teacher(), POINTS, 0, resume=before.capture()))
        assert [p.step for p in resumed] == [p.step for p in steps[stop:]]
        assert [p.smooth_loss for p in resumed] == [p.smooth_loss for p in steps[stop:]]
        assert torch.equal(resumed[-1].weights, steps[-1].weights)


def test_the_teacher_is_left_as_it_was() -> None:
    own = teacher()
    before = own.initial
    list(BRIEF.learn(own, POINTS, 0))
    assert torch.equal(own.initial, before)


def test_on_a_gaussian_the_right_target_distils_and_the_printed_one_teaches_nothing() -> None:
    """A last layer that is all there is to learn, on data N(0, 0.49 I): after three rounds one step does it."""
    settings = ProgressiveDistillation(start=8, end=1, batch=128, steps=150, rate=1e-2)
    ends = {}
    own = teacher()
    noise = WhiteNoise(3, (400, 2))
    x = prior(own.model.schedule, noise)
    wanted = sample(DDIM(), own.model, x, GRID.times(own.model.schedule, 8), noise).final
    unlearned = sample(DDIM(), own.model, x, GRID.times(own.model.schedule, 1), noise).final
    for printed in (False, True):
        state, weights = learned(replace(settings, printed=printed))
        ends[printed] = state.load(weights).run(x, 1, noise).final

    def apart(one: Tensor, other: Tensor) -> float:
        return float((one - other).square().sum(1).mean().sqrt())

    gap = apart(unlearned, wanted)
    assert apart(ends[False], wanted) < 0.3 * gap
    assert apart(ends[True], unlearned) < 0.1 * gap


@pytest.mark.parametrize(("start", "end"), [(48, 1), (64, 3), (4, 4), (2, 8)])
def test_steps_that_do_not_halve_are_refused(start: int, end: int) -> None:
    with pytest.raises(ConfigError, match="halve from a power of two to a smaller one"):
        ProgressiveDistillation(start=start, end=end)


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(ConfigError, match="needs points of"):
        next(BRIEF.learn(teacher(), POINTS[:, :1], 0))


def test_images_are_distilled_as_points_are() -> None:
    from diffviz.networks import UNet

    own = TrainState(TrainingConfig(network=UNet(width=8, blocks=1)), (1, 8, 8), 0)
    settings = ProgressiveDistillation(start=4, end=2, batch=16, steps=2)
    *_, last = settings.learn(own, torch.zeros(20, 1, 8, 8), 0)
    noise = WhiteNoise(0, (3, 1, 8, 8))
    path = settings.state(own, 0).load(last.weights).run(noise.initial(), 2, noise)
    assert path.nfe == 2 and path.final.shape == (3, 1, 8, 8)
