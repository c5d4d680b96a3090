"""A step's error in its linear and its network's part: whose steps can be judged alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from diffviz.data import Ring
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.step_errors import (
    StepErrors,
    StepErrorsConfig,
    measure_step_errors,
    step_errors,
    steps_stand_alone,
)
from diffviz.grids import UniformLogSNR
from diffviz.metrics import rmse
from diffviz.noise import WhiteNoise
from diffviz.samplers import (
    DDIM,
    DDPM,
    RK45,
    SAMPLERS,
    DPMSolverPP2M,
    DPMSolverPP3M,
    ProbabilityFlowEuler,
    Sampler,
    UniPC2,
    prior,
    sample,
)
from diffviz.samplers.edm import EDM
from diffviz.samplers.probability_flow import exact_flow

RING = Problem(Ring(), ExactSource())


@pytest.mark.parametrize("sampler", [DPMSolverPP2M(), UniPC2(), DDPM(), RK45(), EDM(churn=10.0)], ids=lambda s: s.title)
def test_memory_noise_and_steps_of_its_own_leave_nothing_to_judge_alone(sampler: Sampler) -> None:
    assert not steps_stand_alone(sampler)


def test_exponential_integrators_have_the_linear_part_exactly_and_euler_does_not() -> None:
    samplers = (ProbabilityFlowEuler(), DPMSolverPP2M(), DDIM(), EDM())
    result = measure_step_errors(StepErrorsConfig(RING, samplers))
    assert tuple(sampler for sampler, _ in result.errors) == samplers
    (_, euler), *exponential = result.errors
    assert euler.linear.min() > 1e-4
    assert all(errors.linear.max() < 1e-12 for _, errors in exponential)


def test_noise_steps_of_its_own_and_a_later_correction_are_not_judged() -> None:
    result = measure_step_errors(StepErrorsConfig(RING, (DDPM(), DDIM(), RK45(), EDM(churn=10.0), UniPC2())))
    assert [sampler for sampler, _ in result.errors] == [DDIM()]


@pytest.mark.parametrize("sampler", [DPMSolverPP2M(), DPMSolverPP3M()], ids=lambda s: s.title)
def test_a_multistep_solver_starts_like_its_run_and_then_shows_its_own_error_alone(sampler: Sampler) -> None:
    """Its first step has no history; each later one is of a higher order than DDIM's, so that halving it shows."""
    model, still = RING.exact, WhiteNoise(0, (64, 2), torch.float64)
    start = prior(model.schedule, still)

    def errors(steps: int) -> StepErrors:
        grid = UniformLogSNR().times(model.schedule, steps)
        return step_errors(sampler, model, exact_flow(model, start, grid), grid)

    grid = UniformLogSNR().times(model.schedule, 12)
    run = sample(sampler, model, start, grid[:2], still).final
    np.testing.assert_allclose(errors(12).total[0], rmse(run, exact_flow(model, start, grid)[1]), rtol=1e-9)
    coarse, fine = (np.median(errors(steps).total[2:-1]) for steps in (50, 100))
    assert coarse / fine > 2**2.5  # a first-order solver's step: 2**2


def test_all_samplers_are_judged_by_one_exact_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    flows = []

    def noted(*arguments: Any) -> torch.Tensor:
        flows.append(exact_flow(*arguments))
        return flows[-1]

    monkeypatch.setattr("diffviz.experiments.step_errors.exact_flow", noted)
    measure_step_errors(StepErrorsConfig(RING, (ProbabilityFlowEuler(), DDIM(), DPMSolverPP2M())))
    assert len(flows) == 1
    measure_step_errors(StepErrorsConfig(RING, (DDPM(),)))  # nothing to judge, nothing to follow
    assert len(flows) == 1


@pytest.mark.parametrize("slug", [s for s, kind in SAMPLERS.items() if kind.gridded and not kind().stochastic])
def test_a_step_stands_alone_exactly_if_the_step_before_it_makes_no_difference(slug: str) -> None:
    sampler, model = SAMPLERS[slug](), RING.exact
    still = WhiteNoise(0, (8, 2), torch.float64)
    times = UniformLogSNR().times(model.schedule, 6)[:4]
    run = sample(sampler, model, prior(model.schedule, still), times, still)
    alone = sample(sampler, model, run.x[2], times[2:], still).final
    assert torch.allclose(alone, run.final, rtol=0, atol=1e-12) == steps_stand_alone(sampler)
