"""A sample's error in two: the model's part and the steps'."""

import numpy as np
import pytest
import torch

from diffviz.data import GaussianMixture, Ring
from diffviz.experiments.error_split import ErrorSplitConfig, measure_error_split, split_error
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.grids import UniformLogSNR
from diffviz.noise import BrownianPath
from diffviz.samplers import DDIM, DDPM, DPMSolverPP2M, prior, sample
from diffviz.schedules import LinearVP
from diffviz.scores.mixture import MixtureScore


def ring(shift: float = 0.0) -> GaussianMixture:
    angle = 2 * np.pi * np.arange(5) / 5
    means = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + shift
    return GaussianMixture(np.arange(2.0, 7.0), means, np.stack([0.15**2 * np.eye(2)] * 5))


SCHEDULE = LinearVP()
EXACT, WRONG = MixtureScore(SCHEDULE, ring()), MixtureScore(SCHEDULE, ring(shift=0.1))


def _split(sampler, learned, steps, fine=400):
    path = BrownianPath(0, (200, 2), SCHEDULE.lam(1.0), SCHEDULE.lam(1e-3), dtype=torch.float64)
    grids = (UniformLogSNR().times(SCHEDULE, n) for n in (steps, fine))
    return split_error(sampler, learned, EXACT, *grids, path)


@pytest.mark.parametrize("sampler", [DDIM(), DPMSolverPP2M(), DDPM()], ids=lambda s: s.title)
def test_an_exact_model_leaves_only_the_steps_and_many_steps_only_the_model(sampler):
    few = _split(sampler, EXACT, 20)
    assert few.model.mean == 0 and few.total.mean == few.discretisation.mean > 0
    many = _split(sampler, WRONG, 400)
    assert many.discretisation.mean == 0 and many.total == many.model
    assert many.model.mean > 0.1  # all modes are moved by 0.1 in both coordinates


def test_the_two_parts_are_sides_of_a_triangle_and_the_steps_part_does_not_know_the_model():
    found, other = _split(DDIM(), WRONG, 10), _split(DDIM(), EXACT, 10)
    assert found.discretisation == other.discretisation
    sides = sorted(part.mean for part in found)
    assert sides[2] <= sides[0] + sides[1] + 1e-12


@pytest.mark.parametrize("sampler", [DDIM(), DDPM()], ids=lambda s: s.title)
def test_the_steps_part_falls_with_steps_and_the_models_stays(sampler):
    found = [_split(sampler, WRONG, steps, fine=1280) for steps in (20, 80, 320)]
    parts = [part.discretisation.mean for part in found]
    assert parts[0] > 1.5 * parts[1] > 2.5 * parts[2]
    assert found[2].model.mean == pytest.approx(0.1 * np.sqrt(2), rel=0.02)  # by so much every mode is moved


def test_the_error_of_a_part_is_that_of_its_mean():
    """Over many halves of the particles the root mean square scatters as predicted."""
    path = BrownianPath(3, (4000, 2), SCHEDULE.lam(1.0), SCHEDULE.lam(1e-3), dtype=torch.float64)
    grid = UniformLogSNR().times(SCHEDULE, 8)
    a, b = (sample(DDIM(), model, prior(SCHEDULE, path), grid, path).final for model in (EXACT, WRONG))
    squared = (a - b).square().sum(1).reshape(40, 100)
    scatter = float(squared.mean(1).sqrt().std())
    predicted = split_error(DDIM(), WRONG, EXACT, grid, grid, path).model.error * np.sqrt(40)
    assert predicted == pytest.approx(scatter, rel=0.4)


def test_an_exact_lane_has_no_part_of_the_models_and_a_networks_lane_has():
    lanes = (Lane(DDIM(), steps=10, source=ExactSource()), Lane(DDIM(), steps=10))
    exact, network = measure_error_split(ErrorSplitConfig(Problem(Ring()), lanes)).splits
    assert exact.model.mean == 0 and exact.total == exact.discretisation
    assert network.model.mean > 0 and network.discretisation == exact.discretisation
