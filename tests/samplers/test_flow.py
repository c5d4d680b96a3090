"""Deterministic samplers against the exact probability flow."""

import numpy as np
import pytest
import torch

from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.samplers import SAMPLERS, DPMSolverPP2M, Sampler, sample

DETERMINISTIC = {slug: cls() for slug, cls in SAMPLERS.items() if not cls().stochastic}


def error(sampler: Sampler, reference, nfe: int) -> float:
    grid = UniformLogSNR().times(reference.model.schedule, sampler.steps_for(nfe))
    noise = WhiteNoise(0, tuple(reference.start.shape), torch.float64)
    run = sample(sampler, reference.model, reference.start, grid, noise)
    assert run.nfe == nfe
    return float((run.final - reference.end).square().sum(dim=1).mean().sqrt())


@pytest.mark.parametrize("slug", DETERMINISTIC)
def test_declared_order_is_measured(slug, reference):
    sampler = DETERMINISTIC[slug]
    budgets = [400, 800, 1600]
    errors = [error(sampler, reference, nfe) for nfe in budgets]
    slope = -np.polyfit(np.log(budgets), np.log(errors), 1)[0]
    assert slope == pytest.approx(sampler.order, abs=0.05 * sampler.order)


def test_lower_order_final_keeps_second_order(reference):
    errors = [error(DPMSolverPP2M(lower_order_final=True), reference, nfe) for nfe in (400, 1600)]
    assert np.log(errors[0] / errors[1]) / np.log(4) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(
    ("slug", "nfe", "rmse"),
    [("ddim", 20, 0.132), ("ddim", 100, 0.0129), ("dpmpp-2m", 20, 0.0143), ("dpmpp-2m", 100, 0.000866),
     ("flow-euler", 20, 0.079)],
)  # fmt: skip
def test_error_is_the_reference_error(slug, nfe, rmse, reference):
    assert error(SAMPLERS[slug](), reference, nfe) == pytest.approx(rmse, rel=0.02)
