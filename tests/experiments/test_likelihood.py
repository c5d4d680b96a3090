"""What the views of likelihood measure: floors, and data whose density is not known."""

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.data import SwissRoll
from diffviz.experiments.likelihood.bounds import BoundsConfig, measure_bounds
from diffviz.experiments.likelihood.density import DensityConfig, expected_distance, run_density
from diffviz.experiments.likelihood.log_density import LogDensityConfig, measure_log_density
from diffviz.experiments.problem import Problem


def test_the_floor_is_what_independent_draws_are_apart_in_the_mean():
    exact = np.array([[0.5, 0.2], [0.05, 0.001]])
    outside = 1 - exact.sum()
    random = np.random.default_rng(0)
    counts = random.multinomial(100, [*exact.ravel(), outside], size=20_000) / 100
    apart = np.abs(counts - [*exact.ravel(), outside]).sum(1) / 2
    assert expected_distance(exact, 100) == pytest.approx(apart.mean(), abs=4 * apart.std() / 20_000**0.5)


@pytest.mark.parametrize(
    "measure, config",
    [
        (run_density, DensityConfig(SwissRoll())),
        (measure_log_density, LogDensityConfig(Problem(SwissRoll()))),
        (measure_bounds, BoundsConfig(SwissRoll())),
    ],
)
def test_data_without_a_closed_form_are_refused_in_one_sentence(measure, config):
    with pytest.raises(ConfigError, match="Swiss roll has no closed form"):
        measure(config)
