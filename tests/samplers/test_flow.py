"""Deterministic samplers against the exact probability flow of the reference mixture."""

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.samplers import (
    SAMPLERS,
    DPMSolver2,
    DPMSolver3,
    DPMSolverPP2M,
    DPMSolverPP2S,
    DPMSolverPP3M,
    DPMSolverPP3S,
    ProbabilityFlowHeun,
    ProbabilityFlowRK3,
    ProbabilityFlowRK4,
    Sampler,
    UniPC2,
    UniPC3,
    sample,
)
from diffviz.trajectory import Trajectory

DETERMINISTIC = {slug: cls() for slug, cls in SAMPLERS.items() if not cls().stochastic}
STEPPING = {slug: sampler for slug, sampler in DETERMINISTIC.items() if not sampler.adaptive}
VARIANTS = {
    "heun over lambda": (ProbabilityFlowHeun("logsnr"), 2),
    "rk3 over lambda": (ProbabilityFlowRK3("logsnr"), 3),
    "rk4 over lambda": (ProbabilityFlowRK4("logsnr"), 4),
    "2M, first order at the end": (DPMSolverPP2M(lower_order_final=True), 2),
    "3M, halved": (DPMSolverPP3M(halved=True), 2),
    "DPM-Solver-2, r = 0.3": (DPMSolver2(r=0.3), 2),
    "2S, r = 1": (DPMSolverPP2S(r=1.0), 2),
    "DPM-Solver-3, other r1": (DPMSolver3(r1=0.5), 3),
    "DPM-Solver-3, r2 off 2/3": (DPMSolver3(r2=0.9), 2),
    "UniPC-2, B = h": (UniPC2(weighting="bh1"), 3),
    "UniPC-3, B = h": (UniPC3(weighting="bh1"), 4),
}


def run(sampler: Sampler, reference, steps: int) -> Trajectory:
    noise = WhiteNoise(0, tuple(reference.start.shape), torch.float64)
    grid = UniformLogSNR().times(reference.model.schedule, steps)
    return sample(sampler, reference.model, reference.start, grid, noise)


def errors(sampler: Sampler, reference, nfe: int) -> torch.Tensor:
    """Distance of every particle from where the flow takes it."""
    found = run(sampler, reference, sampler.steps_for(nfe))
    assert found.nfe <= nfe
    return (found.final - reference.end).norm(dim=1)


def rmse(sampler: Sampler, reference, nfe: int) -> float:
    return float(errors(sampler, reference, nfe).square().mean().sqrt())


def order(sampler: Sampler, reference) -> float:
    """Slope of the median error against the calls counted."""
    steps = [sampler.steps_for(nfe) for nfe in (400, 800, 1600)]
    found = [run(sampler, reference, n) for n in steps]
    median = [float((f.final - reference.end).norm(dim=1).median()) for f in found]
    return -float(np.polyfit(np.log([f.nfe for f in found]), np.log(median), 1)[0])


@pytest.mark.parametrize("slug", STEPPING)
def test_declared_order_is_measured(slug, reference):
    sampler = STEPPING[slug]
    assert order(sampler, reference) == pytest.approx(sampler.order, abs=0.05 * sampler.order)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_have_the_order_they_say(name, reference):
    sampler, declared = VARIANTS[name]
    assert order(sampler, reference) == pytest.approx(declared, abs=0.05 * declared)


REFERENCE = {
    "ddim": {10: 0.277, 20: 0.132, 50: 0.0268, 100: 0.0129},
    "dpm-1": {10: 0.277, 20: 0.132, 50: 0.0268, 100: 0.0129},
    "dpm-2": {10: 0.395, 20: 0.0499, 50: 0.0053, 100: 0.00138},
    "dpm-3": {10: 0.863, 20: 0.106, 50: 0.0032, 100: 0.00037},
    "dpmpp-2m": {10: 0.107, 20: 0.0143, 50: 0.0029, 100: 0.000866},
    "dpmpp-2s": {10: 0.195, 20: 0.0335, 50: 0.0066, 100: 0.0020},
    "flow-euler": {20: 0.079},
}


@pytest.mark.parametrize(("slug", "nfe"), [(slug, nfe) for slug, row in REFERENCE.items() for nfe in row])
def test_error_is_the_reference_error(slug, nfe, reference):
    """Two digits, as the reference gives them."""
    want = REFERENCE[slug][nfe]
    assert rmse(SAMPLERS[slug](), reference, nfe) == pytest.approx(want, rel=0.02)


@pytest.mark.parametrize(("nfe", "want"), [(10, 0.0550), (20, 0.0137), (50, 0.0019), (100, 0.00034)])
def test_the_halved_variant_is_the_published_one(nfe, want, reference):
    assert rmse(DPMSolverPP3M(halved=True), reference, nfe) == pytest.approx(want, rel=0.03)


@pytest.mark.parametrize("slug", [slug for slug, sampler in DETERMINISTIC.items() if sampler.adaptive])
def test_a_tighter_tolerance_is_nearer_the_flow_and_asks_more(slug, reference):
    found = [run(SAMPLERS[slug](tolerance=tolerance), reference, 1) for tolerance in (1e-3, 1e-6, 1e-9)]
    medians = [float((f.final - reference.end).norm(dim=1).median()) for f in found]
    assert medians[0] > 10 * medians[1] > 100 * medians[2] and medians[2] < 1e-7
    assert found[0].nfe < found[1].nfe < found[2].nfe
    assert (np.diff(found[2].t) < 0).all() and found[2].t[[0, -1]].tolist() == [1.0, 1e-3]


@pytest.mark.parametrize("slug", ["rk45", "dop853"])
def test_the_answers_an_adaptive_solver_shows_are_the_models(slug, reference):
    """They are read off slopes it has asked for already, at no extra call."""
    found = run(SAMPLERS[slug](), reference, 1)
    for t, x, x0 in list(zip(found.t.tolist(), found.x, found.x0, strict=False))[::4]:
        torch.testing.assert_close(x0, reference.model.predict(x, t).x0, rtol=0, atol=1e-8)


@pytest.mark.parametrize("slug", ["dpm-2", "dpm-3", "dpmpp-2s", "dpmpp-3s"])
def test_a_singlestep_solver_that_ends_in_first_order_saves_the_calls(slug, reference):
    cls = SAMPLERS[slug]
    sampler, whole = cls(lower_order_final=True), cls()
    few, all_ = run(sampler, reference, 7), run(whole, reference, 7)
    assert few.nfe == sampler.calls(7) == all_.nfe - (whole.cost - 1)
    torch.testing.assert_close(few.x[:-1], all_.x[:-1], rtol=0, atol=0)
    for nfe in (10, 11, 12):
        assert sampler.calls(sampler.steps_for(nfe)) <= nfe < sampler.calls(sampler.steps_for(nfe) + 1)


def test_inner_points_that_do_not_follow_are_refused():
    for cls in (DPMSolver3, DPMSolverPP3S):
        with pytest.raises(ConfigError, match="below"):
            cls(r1=0.7, r2=0.5)
