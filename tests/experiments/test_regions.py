"""Highest-density regions: what theory says of a Gaussian, and of draws from any density."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data import SwissRoll
from diffviz.experiments.forward import ForwardConfig, run_forward
from diffviz.experiments.regions import region_levels

SHARES = (0.5, 0.8, 0.95)


def test_a_gaussians_region_of_a_share_ends_where_its_density_is_the_rest_of_the_peak() -> None:
    places = np.linspace(-6, 6, 241)
    density = np.exp(-np.add.outer(places**2, places**2) / 2)[None]
    np.testing.assert_allclose(region_levels(density, SHARES), [[0.5, 0.2, 0.05]], atol=2e-3)


def test_of_exact_particles_the_share_lies_within_at_every_time() -> None:
    exact = run_forward(ForwardConfig(SwissRoll(), particles=2000)).exact
    levels = region_levels(exact.density, SHARES)
    cell = 2 * exact.reach / exact.density.shape[-1]
    index = ((exact.particles + exact.reach) / cell).astype(int)
    inside = ((index >= 0) & (index < exact.density.shape[-1])).all(-1)
    column, row = index.clip(0, exact.density.shape[-1] - 1).transpose(2, 0, 1)
    for f in range(10, len(levels)):  # later than where the blur of half a cell is as wide as the curve
        at = np.where(inside[f], exact.density[f, row[f], column[f]], 0.0)
        within = (at[:, None] > levels[f]).mean(0)
        error = np.sqrt(np.multiply(SHARES, np.subtract(1, SHARES)) / at.size)
        assert np.all(np.abs(within - SHARES) < 4 * error + 0.02)  # cells are as wide as a hundredth of the mass or two


def test_a_share_of_all_or_nothing_has_no_rim() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        region_levels(np.ones((1, 2, 2)), (0.5, 1.0))
