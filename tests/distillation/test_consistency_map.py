"""The boundary condition, the closed form of a Gaussian, and sampling in one and several calls."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture
from diffviz.distillation.consistency import ConsistencyDistillation, ConsistencyTraining
from diffviz.distillation.consistency_map import CountedMap, LearnedMap, renoised, sample_consistency
from diffviz.distillation.consistency_pairs import Levels
from diffviz.distillation.distances import DISTANCES, feature_distance
from diffviz.networks import MLP, UNet
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.prediction import expand
from diffviz.protocols import Coefficient, Schedule
from diffviz.samplers import DDIM, prior, sample
from diffviz.schedules import SCHEDULES, Cosine, Flow
from diffviz.scores.mixture import MixtureScore
from diffviz.training.loop import TrainingConfig, TrainState

MEAN, SPREAD = torch.tensor([0.7, -0.4], dtype=torch.float64), 0.5


class GaussianMap:
    """The consistency map of N(MEAN, SPREAD²) in closed form: along the flow (x - alpha mean) / deviation stays."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def place(self, t: Coefficient, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation at t."""
        times = torch.as_tensor(t, dtype=torch.float64)
        alpha, sigma = (torch.as_tensor(expand(v, x)) for v in (self.schedule.alpha(times), self.schedule.sigma(times)))
        return alpha * MEAN, (alpha**2 * SPREAD**2 + sigma**2).sqrt()

    def along(self, x: Tensor, t: Coefficient, to: Coefficient) -> Tensor:
        """Where the path through x at t is at another time."""
        (mean, spread), (mean_there, spread_there) = self.place(t, x), self.place(to, x)
        return mean_there + spread_there / spread * (x - mean)

    def end(self, x: Tensor, t: Coefficient) -> Tensor:
        return self.along(x, t, self.schedule.t_min)


def random_network(kind: MLP | UNet, shape: tuple[int, ...]) -> TrainState:
    """A teacher whose every weight is random, the last layer's too, which begin as zeros."""
    state = TrainState(TrainingConfig(network=kind), shape, 0)
    state.parameters.values.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    return state


@pytest.mark.parametrize("slug", SCHEDULES)
@pytest.mark.parametrize("shape", [(2,), (1, 8, 8)], ids=str)
def test_at_the_cleanest_time_a_map_answers_the_point_itself_whatever_its_network(
    slug: str, shape: tuple[int, ...]
) -> None:
    schedule = SCHEDULES[slug]()
    network = random_network(MLP() if len(shape) == 1 else UNet(width=8, blocks=1, patch=1), shape).network
    model, x = LearnedMap(schedule, network), torch.randn(16, *shape, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        assert torch.equal(model.end(x, schedule.t_min), x)
        assert torch.equal(model.end(x, torch.full((16,), schedule.t_min, dtype=torch.float64)), x)
        assert not torch.allclose(model.end(x, schedule.t_max), x, atol=0.1)


@pytest.mark.parametrize("schedule", [Cosine(), Flow()], ids=repr)
def test_with_its_teachers_weights_a_map_begins_as_one_ddim_step_of_the_teacher(schedule: Cosine | Flow) -> None:
    teacher = TrainState(TrainingConfig(schedule=schedule), (2,), 0)
    teacher.parameters.values.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    student = ConsistencyDistillation().state(teacher, 5)
    noise = WhiteNoise(0, (32, 2))
    x = prior(schedule, noise)
    for t in (schedule.t_max, 0.5, 0.1):
        step = sample(DDIM(), teacher.model, x, np.array([t, schedule.t_min]), noise).final
        with torch.no_grad():
            assert torch.allclose(student.map.end(x, t), step, atol=1e-4)


@pytest.mark.parametrize("slug", SCHEDULES)
@pytest.mark.parametrize(("solver", "order"), [("ddim", 1), ("heun", 2)])
def test_the_teachers_steps_lead_to_a_point_whose_end_is_the_same_to_their_order(
    slug: str, solver: str, order: int
) -> None:
    """The distillation target: the closed form's end from the neighbour is that from the point itself."""
    schedule = SCHEDULES[slug]()
    exact = GaussianMap(schedule)
    mixture = GaussianMixture(np.ones(1), MEAN.numpy()[None], SPREAD**2 * np.eye(2)[None])
    x0, eps = (torch.randn(64, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(k)) for k in (0, 1))

    def error(steps: int) -> float:
        times = schedule.time_of(torch.linspace(-1.0, 1.0, steps + 1, dtype=torch.float64))
        path = [Levels.at(schedule, t.expand(64), x0) for t in times]
        there = ConsistencyDistillation(solver=solver).cleaner(MixtureScore(schedule, mixture), x0, eps, path)
        here = path[0].alpha * x0 + path[0].sigma * eps
        return float((exact.end(there, float(times[-1])) - exact.end(here, float(times[0]))).square().mean().sqrt())

    assert math.log2(error(16) / error(32)) == pytest.approx(order, abs=0.15)
    assert error(64) < 0.02


def test_a_stochastic_sampler_of_the_exact_map_gives_the_data_in_any_number_of_calls() -> None:
    for schedule in (Cosine(), Flow()):
        exact, count = GaussianMap(schedule), 40_000
        noise = WhiteNoise(3, (count, 2), torch.float64)
        start = exact.place(schedule.t_max, torch.zeros(1, 2))
        x = start[0] + start[1] * noise.initial()
        for calls in (1, 2, 4):
            times = ConsistencyTraining().times(schedule, calls)
            run = sample_consistency(exact, x, times, noise)
            assert run.nfe == calls and len(run.t) == calls + 1 and run.x0.shape == (calls, count, 2)
            mean, spread = exact.place(schedule.t_min, x)
            assert torch.allclose(run.final.mean(0), mean, atol=0.01)
            assert torch.allclose(run.final.std(0), spread.expand(2), atol=0.01)


def test_noising_an_end_anew_gives_the_law_of_the_path() -> None:
    schedule = Cosine()
    exact, eps = GaussianMap(schedule), WhiteNoise(1, (40_000, 2), torch.float64)
    mean, spread = exact.place(schedule.t_min, torch.zeros(1, 2))
    noised = renoised(schedule, mean + spread * eps.initial(), 0.4, eps.between(0, 1))
    mean, spread = exact.place(0.4, noised)
    assert torch.allclose(noised.mean(0), mean, atol=0.02) and torch.allclose(
        noised.std(0), spread.expand(2), atol=0.02
    )


def test_calls_are_counted_around_the_map_and_noise_comes_from_outside() -> None:
    schedule = Cosine()
    counted, x = CountedMap(GaussianMap(schedule)), torch.zeros(3, 2, dtype=torch.float64)
    sample_consistency(counted, x, np.array([schedule.t_max, 0.6, 0.3]), WhiteNoise(0, (3, 2), torch.float64))
    assert counted.nfe == 3
    ends = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
    path = BrownianPath(4, (3, 2), float(ends[0]), float(ends[1]), dtype=torch.float64)
    times = np.array([schedule.t_max, 0.6, 0.3])
    one, again = (sample_consistency(GaussianMap(schedule), x, times, path).final for _ in range(2))
    other = sample_consistency(GaussianMap(schedule), x, times, WhiteNoise(5, (3, 2), torch.float64)).final
    assert torch.equal(one, again) and not torch.allclose(one, other)


def test_a_number_of_calls_that_was_not_learned_is_refused() -> None:
    student = ConsistencyTraining().state(TrainState(TrainingConfig(), (2,), 0), 0)
    noise = WhiteNoise(0, (4, 2))
    for calls in student.load(student.initial).budgets:
        run = student.load(student.initial).run(prior(Cosine(), noise), calls, noise)
        assert run.nfe == calls and run.final.shape == (4, 2)
    with pytest.raises(ConfigError, match="1, 2, 4, 8 calls"):
        student.load(student.initial).run(prior(Cosine(), noise), 3, noise)


def test_distances_are_zero_between_the_same_and_order_far_answers_alike() -> None:
    x, near, far = torch.zeros(1, 1, 4, 4), torch.full((1, 1, 4, 4), 0.1), torch.ones(1, 1, 4, 4)
    kinds = {slug: kind.between or feature_distance(lambda x: x.flatten(1) + 1) for slug, kind in DISTANCES.items()}
    for slug, between in kinds.items():
        assert between(x, x).shape == (1,) and float(between(x, x)) == 0, slug
        assert 0 < float(between(x, near)) < float(between(x, far)), slug
    assert float(kinds["l2"](x, near)) == pytest.approx(0.16) and float(kinds["l1"](x, near)) == pytest.approx(1.6)
    c = 0.03 * 8**0.5
    assert float(kinds["huber"](x, near)) == pytest.approx((0.16 + c * c) ** 0.5 - c)
