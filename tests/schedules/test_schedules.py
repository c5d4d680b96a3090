"""Every schedule in the catalogue keeps the identities that define it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diffviz.config import ConfigError
from diffviz.protocols import Schedule
from diffviz.schedules import SCHEDULES, Cosine, DiscreteCosine, DiscreteDDPM, Flow, GeometricVE, LinearVP, SubVP

ALL = [cls() for cls in SCHEDULES.values()]
by_name = pytest.mark.parametrize("schedule", ALL, ids=list(SCHEDULES))


def inside(schedule: Schedule, share: float) -> float:
    return schedule.t_min + share * (schedule.t_max - schedule.t_min)


def times(schedule: Schedule, count: int = 257) -> torch.Tensor:
    """Away from the knots of the discrete schedules, where the slope jumps."""
    t = torch.linspace(schedule.t_min, schedule.t_max, count, dtype=torch.float64)[1:-1]
    steps = getattr(schedule, "steps", None)
    return t if steps is None else (torch.ceil(t * steps) - 0.37) / steps


@by_name
def test_f_and_g2_are_the_derivatives_of_alpha_and_sigma(schedule):
    t = times(schedule).requires_grad_()
    log_alpha, variance = schedule.log_alpha(t), schedule.sigma(t) ** 2
    (slope,) = torch.autograd.grad(log_alpha.sum() + 0 * t.sum(), t, retain_graph=True)
    (growth,) = torch.autograd.grad(variance.sum(), t)
    f, g2 = schedule.f(t).detach(), schedule.g2(t).detach()
    torch.testing.assert_close(f, slope, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(g2, growth - 2 * slope * variance.detach(), rtol=1e-9, atol=1e-9)
    assert (g2 > 0).all()


@by_name
def test_g2_is_minus_two_sigma_squared_times_the_slope_of_lambda(schedule):
    t = times(schedule).requires_grad_()
    (slope,) = torch.autograd.grad(schedule.lam(t).sum(), t)
    t = t.detach()
    torch.testing.assert_close(schedule.g2(t), -2 * schedule.sigma(t) ** 2 * slope, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", SCHEDULES)
@given(share=st.floats(0, 1))
def test_time_of_inverts_lambda(name, share):
    schedule = SCHEDULES[name]()
    t = inside(schedule, share)
    assert schedule.time_of(schedule.lam(t)) == pytest.approx(t, rel=1e-7, abs=1e-10)


@given(beta_min=st.floats(0.01, 5), extra=st.floats(1, 40), share=st.floats(0.001, 1))
def test_time_of_inverts_lambda_for_any_linear_parameters(beta_min, extra, share):
    for cls in (LinearVP, SubVP):
        schedule = cls(beta_min, beta_min + extra)
        assert schedule.time_of(schedule.lam(share)) == pytest.approx(share, rel=1e-6)


@by_name
def test_lambda_falls_and_is_finite(schedule):
    lam = schedule.lam(np.linspace(schedule.t_min, schedule.t_max, 2001))
    assert np.isfinite(lam).all()
    assert (np.diff(lam) < 0).all()


@by_name
def test_floats_arrays_and_tensors_agree(schedule):
    t = np.linspace(schedule.t_min, schedule.t_max, 23)
    for name in ("alpha", "sigma", "lam", "snr", "f", "g2", "log_alpha"):
        method = getattr(schedule, name)
        array = method(t)
        np.testing.assert_allclose([method(float(v)) for v in t], array, rtol=1e-12)
        np.testing.assert_allclose(method(torch.from_numpy(t)).numpy(), array, rtol=1e-9)
    lam = schedule.lam(t)
    np.testing.assert_allclose(schedule.time_of(torch.from_numpy(lam)).numpy(), schedule.time_of(lam), atol=1e-12)


@by_name
def test_alpha_sigma_snr_lambda_say_the_same(schedule):
    t = np.linspace(schedule.t_min, schedule.t_max, 23)
    np.testing.assert_allclose(schedule.snr(t), (schedule.alpha(t) / schedule.sigma(t)) ** 2, rtol=1e-10)
    np.testing.assert_allclose(schedule.lam(t), np.log(schedule.alpha(t) / schedule.sigma(t)), atol=1e-10)
    assert isinstance(schedule, Schedule)


def test_known_values():
    assert LinearVP().log_alpha(1.0) == pytest.approx(-5.025)
    assert Cosine().alpha(0.5) ** 2 == pytest.approx(0.4938, abs=1e-4)
    assert Cosine().lam(Cosine.t_max) > -6
    betas = DiscreteDDPM().betas()
    assert (betas[0], betas[-1], len(betas)) == (1e-4, 0.02, 1000)
    np.testing.assert_allclose(DiscreteDDPM().alpha_bar, np.cumprod(1 - betas), rtol=1e-12)
    assert DiscreteCosine().betas().max() == 0.999
    assert GeometricVE(0.01, 50.0).sigma(0.5) == pytest.approx(math.sqrt(0.5))
    assert (Flow().alpha(0.25), Flow().sigma(0.25)) == (0.75, 0.25)


def test_discrete_ddpm_nodes_are_the_marginals_of_the_chain():
    schedule = DiscreteDDPM()
    n = np.arange(1, 1001)
    np.testing.assert_allclose(schedule.alpha(n / 1000) ** 2, np.cumprod(1 - schedule.betas()), rtol=1e-12)


def test_sub_vp_is_never_noisier_than_vp():
    t = np.linspace(1e-3, 1, 100)
    assert (SubVP().sigma(t) <= LinearVP().sigma(t)).all()
    np.testing.assert_allclose(SubVP().alpha(t), LinearVP().alpha(t))


def test_ve_takes_sigma_max_from_the_data():
    points = np.random.default_rng(0).normal(size=(100, 2)) * 3
    spread = np.linalg.norm(points[:, None] - points[None], axis=-1).max()
    assert GeometricVE.for_data(points).sigma_max >= spread


def test_bad_parameters_are_refused_in_one_sentence():
    with pytest.raises(ConfigError, match=r"^β max must be at least β min, got 1 < 2\.$"):
        LinearVP(2.0, 1.0)
    with pytest.raises(ConfigError, match=r"^β min must be between 0.01 and 5, got -1\.$"):
        LinearVP(-1.0)
    with pytest.raises(ConfigError, match="σ max"):
        GeometricVE(0.4, 1000.0)
