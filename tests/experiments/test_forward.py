"""The closed forms of the forward process are densities, and its step error is a step error."""

import numpy as np
import pytest

from diffviz.data import Ring, SwissRoll
from diffviz.experiments.forward import ForwardConfig, _Process, run_forward
from diffviz.schedules import LinearVP


@pytest.mark.parametrize("dataset", [SwissRoll(), Ring()], ids=["shape", "mixture"])
def test_marginals_are_densities_and_agree(dataset):
    process = _Process(dataset, LinearVP(), 400, 0)
    line = np.linspace(-9, 9, 361)
    step = line[1] - line[0]
    for t in (0.1, 0.5, 1.0):
        first, plane = process.first_marginal(line, t, 0.0), process.density(line, t, 0.0)
        assert first.sum() * step == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(plane.sum(axis=0) * step, first, atol=2e-3)


def test_the_step_error_shrinks_with_the_step():
    coarse, fine = (run_forward(ForwardConfig(steps=n, particles=400)).step_error[-1] for n in (20, 80))
    assert coarse / fine == pytest.approx(4, rel=0.25)


def test_the_histogram_is_that_of_the_particles_and_both_integrate_to_one():
    result = run_forward(ForwardConfig(particles=200))
    width = result.bin_middles[1] - result.bin_middles[0]
    inside = np.abs(result.exact.particles[..., 0]) <= result.exact.reach
    np.testing.assert_allclose(result.histogram.sum(1) * width, inside.mean(1), atol=1e-12)
    step = result.line[1] - result.line[0]
    np.testing.assert_allclose(result.marginal.sum(1) * step, 1, atol=0.02)
