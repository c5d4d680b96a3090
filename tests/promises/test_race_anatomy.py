"""What the words on a solver's anatomy promise, with the page's defaults on three seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from diffviz.experiments.problem import Problem
from diffviz.experiments.solver_calls import SolverCalls, SolverCallsConfig, SolverCallsResult, measure_solver_calls
from diffviz.experiments.step_errors import StepErrorsConfig, measure_step_errors
from diffviz.player import Arrows
from diffviz.samplers import DDIM, DDPM, SAMPLERS, DPMSolver2, ProbabilityFlowEuler, ProbabilityFlowHeun, Sampler
from diffviz.scenes.anatomy import compose
from diffviz.ui.race import anatomy

PANES = tuple(SAMPLERS[slug]() for slug in anatomy.DEFAULTS)
STEPS = SolverCallsConfig.parameter("steps").default

on_seeds = pytest.mark.parametrize("seed", (0, 1, 2))


@cache
def followed(seed: int, samplers: tuple[Sampler, ...] = PANES, steps: int = STEPS) -> SolverCallsResult:
    return measure_solver_calls(SolverCallsConfig(Problem(seed=seed), samplers, steps=steps))


def calls_of(sampler: Sampler, seed: int, steps: int = STEPS) -> SolverCalls:
    (calls,) = followed(seed, (sampler,), steps).calls
    return calls


@on_seeds
@pytest.mark.promise("anatomy-an-arrow-a-call")
def test_every_call_has_an_arrow_long_enough_to_be_seen(seed: int) -> None:
    """At least a twentieth of the pane's height; by their own length the first arrows are under a thousandth."""

    def visible(arrows: np.ndarray, height: float) -> int:
        return int((np.linalg.norm(arrows, axis=-1) > height / 20).sum())

    result = followed(seed)
    for pane, calls in zip(compose(result).panes, result.calls, strict=True):
        assert isinstance(pane.extent, tuple)
        height = pane.extent[3] - pane.extent[2]
        earlier, _ = (layer for layer in pane.layers if isinstance(layer, Arrows))
        assert visible(earlier.scale * earlier.vectors[-1], height) == calls.nfe
        assert visible(earlier.scale * calls.arrows, height) < calls.nfe


@on_seeds
@pytest.mark.promise("anatomy-second-call")
def test_heun_asks_at_the_end_of_a_step_and_dpm_solver_2_in_its_middle(seed: int) -> None:
    lam = Problem(seed=seed).model.schedule.lam

    def second_calls(sampler: Sampler) -> list[float]:
        """Where in its step each second call is made, as shares of its length in lambda."""
        calls = calls_of(sampler, seed)
        ends = lam(calls.t)
        return ((lam(calls.call_times[1::2]) - ends[:-1]) / np.diff(ends)).round(6).tolist()

    assert second_calls(ProbabilityFlowHeun()) == [1.0] * STEPS
    assert second_calls(DPMSolver2()) == [0.5] * STEPS


@on_seeds
@pytest.mark.promise("anatomy-one-step")
def test_one_step_of_ddim_ends_at_the_mean(seed: int) -> None:
    """At most 0.08 off, in units of the data's standard deviation; five steps end 0.5 to 2 away."""
    mean = followed(seed).real.mean(axis=0)

    def at_the_mean(steps: int) -> bool:
        return float(np.linalg.norm(calls_of(DDIM(), seed, steps).nodes[-1] - mean)) < 0.15

    assert at_the_mean(1) and not at_the_mean(STEPS)


@on_seeds
@pytest.mark.promise("anatomy-euler-cancels")
def test_the_two_parts_of_euler_are_large_and_cancel(seed: int) -> None:
    """0.38 and 0.38 cancel to 0.11; DDIM's whole error is 0.24."""
    samplers = (DDIM(), ProbabilityFlowEuler(), ProbabilityFlowHeun())
    errors = measure_step_errors(StepErrorsConfig(Problem(seed=seed), samplers, steps=STEPS)).errors
    sizes = {sampler: [float(np.sqrt(np.mean(part**2))) for part in parts] for sampler, parts in errors}
    ddim = sizes[DDIM()][0]

    def cancels(sampler: Sampler) -> bool:
        whole, linear, network = sizes[sampler]
        return min(linear, network) > 1.2 * ddim and whole < 0.6 * ddim

    assert cancels(ProbabilityFlowEuler()) and not cancels(ProbabilityFlowHeun())


@on_seeds
@pytest.mark.promise("anatomy-ddpm-leaves")
def test_ddpm_leaves_the_dotted_line(seed: int) -> None:
    """By 1.6 and more; DDIM by 0.5 at most."""
    path = cKDTree(followed(seed).exact)

    def leaves(sampler: Sampler) -> bool:
        return float(path.query(calls_of(sampler, seed).nodes)[0].max()) > 0.8

    assert leaves(DDPM()) and not leaves(DDIM())
