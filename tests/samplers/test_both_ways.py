"""The probability flow from data to noise and back, latents, and where a step's error comes from."""

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.experiments.step_errors import step_errors
from diffviz.grids import UniformLogSNR
from diffviz.samplers import (
    DDIM,
    DDPM,
    SAMPLERS,
    DPMSolver2,
    DPMSolver3,
    ProbabilityFlowEuler,
    ProbabilityFlowHeun,
    ProbabilityFlowRK3,
    ProbabilityFlowRK4,
)
from diffviz.samplers.probability_flow import (
    encode,
    exact_flow,
    linear_interpolation,
    round_trip,
    spherical_interpolation,
)

PROBABILITY_FLOW_SAMPLERS = [slug for slug, cls in SAMPLERS.items() if not cls().stochastic]


def test_the_exact_flow_is_the_reference_flow_both_ways(reference):
    grid = UniformLogSNR().times(reference.model.schedule, 7)
    down = exact_flow(reference.model, reference.start, grid)
    assert down.shape == (8, *reference.start.shape)
    assert float((down[-1] - reference.end).norm(dim=1).max()) < 1e-6
    up = exact_flow(reference.model, reference.end, grid[::-1].copy())
    assert float((up[-1] - reference.start).norm(dim=1).median()) < 1e-6


@pytest.mark.parametrize("slug", PROBABILITY_FLOW_SAMPLERS)
def test_the_way_back_is_found_with_enough_steps(slug, reference):
    sampler = SAMPLERS[slug]()
    x = reference.end[:64]
    gaps, calls = [], []
    for steps in (50, 200):
        trip = round_trip(sampler, reference.model, x, UniformLogSNR().times(reference.model.schedule, steps))
        gaps.append(float((trip.decoded - x).norm(dim=1).median()))
        calls.append(trip.nfe)
    assert gaps[1] < (0.6 * gaps[0] if sampler.gridded else 0.05)
    if sampler.gridded:
        assert calls == [2 * sampler.calls(50), 2 * sampler.calls(200)]


def test_the_latent_of_a_sample_is_its_noise(reference):
    grid = UniformLogSNR().times(reference.model.schedule, 200)
    latent = round_trip(DPMSolver3(), reference.model, reference.end, grid).latent
    assert float((latent - reference.start).norm(dim=1).median()) < 1e-4


def test_noise_has_no_way_back(reference):
    grid = UniformLogSNR().times(reference.model.schedule, 10)
    for sampler in (DDPM(), DDIM(eta=0.5)):
        with pytest.raises(ConfigError, match="no way back"):
            encode(sampler, reference.model, reference.end, grid)


def test_a_sphere_keeps_the_length_and_a_line_does_not():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 1, 28, 28, generator=generator, dtype=torch.float64)
    a, b = a / a.norm(), b / b.norm()
    weights = torch.linspace(0, 1, 5, dtype=torch.float64)
    arc, chord = spherical_interpolation(a, b, weights), linear_interpolation(a, b, weights)
    assert arc.shape == (5, *a.shape)
    torch.testing.assert_close(arc.flatten(1).norm(dim=1), torch.ones(5, dtype=torch.float64))
    assert float(chord[2].norm()) < 0.8
    for path in (arc, chord):
        torch.testing.assert_close(path[[0, -1]], torch.stack([a, b]))
    turns = (arc[:-1] * arc[1:]).flatten(1).sum(1)
    torch.testing.assert_close(turns, turns[:1].expand(4))
    torch.testing.assert_close(spherical_interpolation(a, a, weights), a.expand(5, *a.shape))


@pytest.mark.parametrize(
    "sampler",
    [
        ProbabilityFlowEuler(),
        DDIM(),
        ProbabilityFlowHeun(),
        DPMSolver2(),
        ProbabilityFlowRK3(),
        DPMSolver3(),
        ProbabilityFlowRK4(),
    ],
)
def test_the_two_parts_of_a_step_error_make_the_whole(sampler, reference):
    """As vectors; so no side of the triangle of sizes is longer than the other two together."""
    grid = UniformLogSNR().times(reference.model.schedule, 12)
    total, straight, network = step_errors(
        sampler, reference.model, exact_flow(reference.model, reference.start, grid), grid
    )
    assert total.shape == straight.shape == network.shape == (12,)
    assert (total <= straight + network + 1e-12).all() and (straight <= total + network + 1e-12).all()


def test_exponential_integrators_make_no_linear_error_and_runge_kutta_does(reference):
    grid = UniformLogSNR().times(reference.model.schedule, 20)

    def straight(sampler):
        return step_errors(sampler, reference.model, exact_flow(reference.model, reference.start, grid), grid).linear

    for sampler in (DDIM(), DPMSolver2(), DPMSolver3(), SAMPLERS["dpmpp-2s"](), SAMPLERS["edm"]()):
        assert straight(sampler).max() < 1e-12
    assert straight(ProbabilityFlowEuler()).max() > 0.1


def test_on_the_reference_eulers_two_errors_cancel(reference):
    """Why plain Euler beats DDIM here at 20 steps: its linear error mostly undoes its network error."""
    grid = UniformLogSNR().times(reference.model.schedule, 20)
    states = exact_flow(reference.model, reference.start, grid)
    errors = step_errors(ProbabilityFlowEuler(), reference.model, states, grid)
    total, straight, network = (np.sqrt((v**2).sum()) for v in errors)
    assert total < 0.4 * straight and total < 0.4 * network
