"""Data to noise and back, and paths between two latents."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data import Ring
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.round_trips import (
    LatentPaths,
    LatentPathsConfig,
    RoundTripsConfig,
    follow_latent_paths,
    measure_round_trips,
)

RING = Problem(Ring(), ExactSource())


@pytest.fixture(scope="module")
def paths() -> LatentPaths:
    return follow_latent_paths(LatentPathsConfig(RING, calls=60))


def test_both_ways_end_where_they_began(paths: LatentPaths) -> None:
    assert paths.nfe == 120 and paths.rms_error < 0.05
    np.testing.assert_allclose(paths.encoding[0], RING.real[0], atol=1e-6)


def test_paths_between_latents_end_at_the_two_points(paths: LatentPaths) -> None:
    np.testing.assert_allclose(paths.straight[-1, 0], paths.decoding[-1, 0], atol=1e-4)
    np.testing.assert_allclose(paths.great_circle[-1, -1], paths.decoding[-1, 1], atol=1e-4)


def test_a_round_trip_loses_less_in_more_calls() -> None:
    config = RoundTripsConfig(RING)
    errors = measure_round_trips(config).errors
    assert [error.nfe for error in errors] == [2 * budget for budget in config.budgets]
    assert errors[-1].rms < errors[0].rms / 10
