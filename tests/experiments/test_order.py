"""Orders of convergence, measured against the exact flow."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.experiments.order import OrderConfig, OrderResult, fit_clear_points, measure_order
from diffviz.samplers import DDIM, DPMSolverPP2M


@pytest.fixture(scope="module")
def result() -> OrderResult:
    return measure_order(OrderConfig(samplers=(DDIM(), DPMSolverPP2M())))


def test_orders_are_measured_on_a_network_too(result: OrderResult) -> None:
    assert [round(series.slope) for series in result.series] == [1, 2]
    assert all(series.slope_error < 0.2 for series in result.series)
    assert result.reference_error < 1e-6


def test_a_sampler_that_draws_noise_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"DDIM, η = 0.5 draws noise"):
        OrderConfig(samplers=(DPMSolverPP2M(), DDIM(eta=0.5)))


def test_no_order_is_fitted_to_errors_that_do_not_stand_clear(result: OrderResult) -> None:
    series = result.series[0]
    assert np.isnan(fit_clear_points(series.nfe, series.error, reference_error=1.0)).all()
