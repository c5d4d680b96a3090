"""Whatever takes long asks between its steps whether it is still wanted, and ends where it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

from diffviz.cancellation import cancellable, raise_if_cancelled
from diffviz.data import SwissRoll
from diffviz.experiments.digits.guidance import KINDS, GuidanceConfig, run_guidance
from diffviz.experiments.digits.images import DrawnDigits, load_images
from diffviz.experiments.digits.inverse import METHODS, InverseConfig, run_inverse
from diffviz.experiments.digits.latents import (
    DigitRoundTripConfig,
    StepCountsConfig,
    run_digit_round_trip,
    run_step_counts,
)
from diffviz.experiments.digits.sampling import DigitLaneConfig, run_digit_lane
from diffviz.experiments.error_split import ErrorSplitConfig, measure_error_split
from diffviz.experiments.exact_guidance import ExactGuidanceConfig, run_exact_guidance
from diffviz.experiments.forward import ForwardConfig, compare_schedules, run_forward
from diffviz.experiments.gradient_steps import GradientStepsConfig, follow_gradient_steps
from diffviz.experiments.lane import Lane
from diffviz.experiments.order import OrderConfig, measure_order
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.race import RaceConfig, run_race
from diffviz.experiments.round_trips import (
    LatentPathsConfig,
    RoundTripsConfig,
    follow_latent_paths,
    measure_round_trips,
)
from diffviz.experiments.score.field import ScoreFieldConfig, run_score_field
from diffviz.experiments.score.langevin import LangevinConfig, run_langevin
from diffviz.experiments.score.memory import MemoryConfig, measure_memory
from diffviz.experiments.score.pull import PullConfig, follow_pull
from diffviz.experiments.score.reverse_step import ReverseStepConfig, measure_reverse_step
from diffviz.experiments.sde_ode import SDEODEConfig, compare_sde_ode
from diffviz.experiments.solver_calls import SolverCallsConfig, measure_solver_calls
from diffviz.experiments.step_errors import StepErrorsConfig, measure_step_errors
from diffviz.grids import UniformLogSNR, UniformTime
from diffviz.metrics import SlicedWasserstein
from diffviz.noise import WhiteNoise
from diffviz.samplers import SAMPLERS, DPMSolverPP2M, prior, sample
from diffviz.samplers.moments import Moments, Residuals
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore
from diffviz.training.loop import TrainingConfig
from diffviz.training.train import train


class Outdated(BaseException):
    """Raised by the checks here, as Streamlit raises one of its own."""


class Asked:
    """A check that ends the computation when it is asked for the n-th time."""

    def __init__(self, at: int) -> None:
        self.at, self.times = at, 0

    def __call__(self, share: float | None) -> None:
        self.times += 1
        if self.times >= self.at:
            raise Outdated


class CountingScore:
    def __init__(self, schedule) -> None:
        points = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
        self.schedule, self.inner, self.calls = schedule, EmpiricalScore(schedule, points), 0

    def predict(self, x, t):
        self.calls += 1
        return self.inner.predict(x, t)


@pytest.mark.parametrize("slug", SAMPLERS)
def test_a_cancelled_sampler_calls_the_model_no_more(slug: str) -> None:
    model = CountingScore(Cosine())
    noise = WhiteNoise(0, (4, 2))
    sampler = SAMPLERS[slug]()
    asked = Asked(at=6)
    with pytest.raises(Outdated), cancellable(asked):
        sample(sampler, model, prior(model.schedule, noise), UniformLogSNR().times(model.schedule, 30), noise)
    assert model.calls < 6


PROBLEM = Problem(SwissRoll(), ExactSource())
EXPERIMENTS: dict[str, Callable[[], object]] = {
    "race": lambda: run_race(RaceConfig(PROBLEM)),
    "floor": lambda: PROBLEM.floor(SlicedWasserstein()),
    "error split": lambda: measure_error_split(ErrorSplitConfig(PROBLEM)),
    "order": lambda: measure_order(OrderConfig(PROBLEM)),
    "anatomy": lambda: measure_solver_calls(SolverCallsConfig(PROBLEM)),
    "step errors": lambda: measure_step_errors(StepErrorsConfig(PROBLEM)),
    "SDE and ODE": lambda: compare_sde_ode(SDEODEConfig(PROBLEM)),
    "both ways": lambda: follow_latent_paths(LatentPathsConfig(PROBLEM)),
    "round trips": lambda: measure_round_trips(RoundTripsConfig(PROBLEM)),
    "exact guidance": lambda: run_exact_guidance(ExactGuidanceConfig()),
    "forward": lambda: run_forward(ForwardConfig()),
    "three SDEs": lambda: compare_schedules(SwissRoll(), 500, 0),
    "score": lambda: run_score_field(ScoreFieldConfig()),
    "reverse step": lambda: measure_reverse_step(ReverseStepConfig()),
    "Langevin": lambda: run_langevin(LangevinConfig()),
    "pull": lambda: follow_pull(PullConfig()),
    "memory": lambda: measure_memory(MemoryConfig(points=5)),
    "training": lambda: train(SwissRoll()),
    "gradient steps": lambda: follow_gradient_steps(GradientStepsConfig(step=5)),
    "moments": lambda: Moments.measure(PROBLEM.exact, torch.from_numpy(PROBLEM.real[0]), 0),
    "residuals": lambda: Residuals.measure(PROBLEM.exact, torch.from_numpy(PROBLEM.real[0]), 0),
}


def _inverse(method: str) -> object:
    return run_inverse(InverseConfig(method=method, steps=10, moves=1, images=DrawnDigits()))


def _guided(kind: str) -> object:
    return run_guidance(GuidanceConfig(kind, steps=5, labels=(3,)))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_asks_and_ends(name: str) -> None:
    asked = Asked(at=2)
    with pytest.raises(Outdated), cancellable(asked):
        EXPERIMENTS[name]()
    assert asked.times == 2


def test_nobody_asks_outside_the_block_or_in_another_thread() -> None:
    asked = Asked(at=1)
    with cancellable(asked):
        thread = threading.Thread(target=raise_if_cancelled)
        thread.start()
        thread.join()
    raise_if_cancelled()
    assert asked.times == 0


def test_a_check_that_lets_go_on_changes_nothing() -> None:
    noise = WhiteNoise(3, (50, 2))
    model, times = EmpiricalScore(Cosine(), torch.randn(9, 2)), UniformLogSNR().times(Cosine(), 8)
    free = sample(SAMPLERS["dpmpp-2m"](), model, prior(Cosine(), noise), times, noise)
    with cancellable(lambda share: None):
        asked = sample(SAMPLERS["dpmpp-2m"](), model, prior(Cosine(), noise), times, noise)
    assert np.array_equal(free.x.numpy(), asked.x.numpy()) and free.nfe == asked.nfe


DIGITS: dict[str, Callable[[], object]] = {
    "sampling": lambda: run_digit_lane(DigitLaneConfig(Lane(DPMSolverPP2M(), UniformTime(), 4), 1)),
    "step counts": lambda: run_step_counts(StepCountsConfig()),
    "round trip": lambda: run_digit_round_trip(DigitRoundTripConfig(calls=4, images=DrawnDigits())),
    **{f"inverse, {method}": partial(_inverse, method) for method in METHODS},
    **{f"guidance, {kind}": partial(_guided, kind) for kind in KINDS},
}


@pytest.mark.parametrize("name", DIGITS)
def test_what_draws_digits_tells_how_far_it_is(name: str) -> None:
    """From nothing to nearly all, never back, and evenly: a share for each call."""
    load_images(DrawnDigits(), "test")
    told: list[float | None] = []
    with cancellable(told.append):
        DIGITS[name]()
    shares = [share for share in told if share is not None]
    assert shares == sorted(shares) and shares[0] == 0
    assert shares[-1] == pytest.approx(1 - 1 / len(set(shares)))


def test_a_training_tells_how_far_it_is() -> None:
    shares: list[float | None] = []
    with cancellable(shares.append):
        train(SwissRoll(), TrainingConfig(steps=5))
    assert shares == [0.2, 0.4, 0.6, 0.8, 1.0]
