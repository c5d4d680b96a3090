"""Every network call of a few steps, as recorded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import Ring
from diffviz.experiments.problem import ExactSource, Problem, brownian_path
from diffviz.experiments.solver_calls import (
    PARTICLES,
    SolverCalls,
    SolverCallsConfig,
    measure_solver_calls,
    record_calls,
)
from diffviz.grids import UniformLogSNR
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.samplers import SAMPLERS, ProbabilityFlowEuler, prior, sample

RING = Problem(Ring(), ExactSource())
MODEL = RING.exact
STEPS = 5


START = prior(MODEL.schedule, WhiteNoise(0, (1, 2), torch.float64))
TIMES = UniformLogSNR().times(MODEL.schedule, STEPS)


def _noise() -> BrownianPath:
    return brownian_path(MODEL.schedule, (1, 2), 0, torch.float64)


def _calls(slug: str) -> SolverCalls:
    return record_calls(SAMPLERS[slug](), MODEL, START, TIMES, _noise())


@pytest.mark.parametrize("slug", SAMPLERS)
def test_as_many_calls_are_recorded_as_are_counted(slug: str) -> None:
    """What the anatomy draws comes from the recording alone, and its number is the counted NFE, for every sampler."""
    calls = _calls(slug)
    run = sample(SAMPLERS[slug](), MODEL, START, TIMES, _noise())
    assert calls.nfe == run.nfe == len(calls.places) == len(calls.arrows) == len(calls.reached)
    np.testing.assert_allclose(calls.nodes, run.x[:, 0].numpy(), atol=1e-12)


@pytest.mark.parametrize("slug", [slug for slug, kind in SAMPLERS.items() if not kind.adaptive])
def test_calls_are_made_in_the_step_they_are_drawn_in(slug: str) -> None:
    calls = _calls(slug)
    assert (np.diff(calls.reached) >= 0).all() and calls.reached[0] == 1 and calls.reached[-1] == STEPS
    if SAMPLERS[slug].gridded:
        for t, k in zip(calls.call_times, calls.reached, strict=True):
            assert calls.t[k] - 1e-9 <= t <= calls.t[max(0, k - 2)] + 1e-9


def test_an_arrow_is_the_slope_of_the_flow_over_the_step() -> None:
    """The steps of Euler over lambda end where its arrows do."""
    calls = _calls("dpm-1")
    lam = MODEL.schedule.lam(np.array(calls.t))
    near = 1e-4
    for k in range(STEPS):
        grid = np.array([calls.t[k], float(MODEL.schedule.time_of(lam[k] + near))])
        x = torch.from_numpy(calls.nodes[k : k + 1])
        end = sample(ProbabilityFlowEuler(), MODEL, x, grid, WhiteNoise(0, (1, 2), torch.float64)).final[0].numpy()
        slope = (end - calls.nodes[k]) / near
        np.testing.assert_allclose(slope * (lam[k + 1] - lam[k]), calls.arrows[k], rtol=2e-3, atol=1e-3)


def test_the_exact_path_joins_the_start_to_where_many_steps_end() -> None:
    config = SolverCallsConfig(RING, (SAMPLERS["dpm-3"](),), steps=12)
    result = measure_solver_calls(config)
    starts = prior(MODEL.schedule, WhiteNoise(RING.seed, (PARTICLES, 2), torch.float64))
    np.testing.assert_array_equal(result.exact[0], starts[config.particle])
    np.testing.assert_allclose(result.exact[0], result.calls[0].nodes[0])
    np.testing.assert_allclose(result.exact[-1], result.calls[0].nodes[-1], atol=0.05)
