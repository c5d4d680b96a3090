"""Densities on a grid, against the closed form at every shown time: forward, and backwards at any free noise."""

import numpy as np
import pytest
import torch

from diffviz.data import GaussianMixture, Ring
from diffviz.likelihood.fokker_planck import (
    ScaledGrid,
    clock_of,
    forward_density,
    reverse_density,
    scaled_levels,
    time_of_clock,
    total_variation,
)
from diffviz.schedules import SCHEDULES, Cosine, GaussianSchedule
from diffviz.scores.mixture import MixtureScore

RING = Ring().mixture.affine(Ring().normalisation)


def clocks(schedule: GaussianSchedule, grid: ScaledGrid, count: int) -> np.ndarray:
    first = max(float(clock_of(schedule, np.array(schedule.t_min))), grid.first_clock(RING))
    last = float(clock_of(schedule, np.array(schedule.t_max)))
    lam = np.linspace(*(-0.5 * np.log(np.expm1(2 * np.array([first, last])))), count)
    return 0.5 * np.logaddexp(0, -2 * lam)


def checked(path: list[np.ndarray]) -> None:
    """No negative cell, and no mass lost: what rounding leaves."""
    assert min(masses.min() for masses in path) >= 0
    totals = np.array([masses.sum() for masses in path])
    np.testing.assert_allclose(totals, totals[0], atol=1e-9)


@pytest.mark.parametrize("slug", ["linear", "ve"])
def test_forward_stays_within_half_a_percent_of_the_closed_form(slug):
    grid = ScaledGrid()
    stops = clocks(SCHEDULES[slug](), grid, 25)
    exact = [grid.masses(RING, u) for u in stops]
    path = list(forward_density(grid, exact[0], stops))
    checked(path)
    assert max(map(total_variation, path, exact)) <= 0.005
    assert total_variation(path[0], exact[-1]) > 0.5  # which is no matter of course


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_the_reverse_family_stays_within_two_percent(tau):
    grid = ScaledGrid(120)
    stops = clocks(Cosine(), grid, 9)[::-1]
    exact = [grid.masses(RING, u) for u in stops]
    path = list(reverse_density(grid, MixtureScore(Cosine(), RING), exact[0], stops, tau))
    checked(path)
    assert max(map(total_variation, path, exact)) <= 0.02


def test_only_noise_mends_a_wrong_start():
    """From a shifted start the flow ends shifted, and the reverse SDE forgets."""
    grid = ScaledGrid(80)
    one = GaussianMixture(np.ones(1), np.zeros((1, 2)), 0.36 * np.eye(2)[None])
    shifted = GaussianMixture(np.ones(1), np.array([[0.5, 0.0]]), np.eye(2)[None])
    stops = np.linspace(2.5, 0.05, 5)
    start, exact = grid.masses(shifted, 0.0), grid.masses(one, float(stops[-1]))
    ends = {}
    for tau in (0.0, 1.0):
        *_, ends[tau] = reverse_density(grid, MixtureScore(Cosine(), one), start, stops, tau)
    away = {tau: total_variation(end, exact) for tau, end in ends.items()}
    assert away[0.0] > 0.15 > 5 * away[1.0]


def test_one_clock_serves_all_schedules():
    for kind in SCHEDULES.values():
        schedule = kind()
        t = np.linspace(schedule.t_min, schedule.t_max, 7)
        u = clock_of(schedule, t)
        assert (np.diff(u) > 0).all()
        np.testing.assert_allclose(time_of_clock(schedule, u[1:-1]), t[1:-1], atol=1e-6)
        radius = np.hypot(schedule.alpha(t), schedule.sigma(t))
        np.testing.assert_allclose(np.exp(-u), schedule.alpha(t) / radius, rtol=1e-9)


def test_the_closed_form_of_a_cell_is_its_mean():
    """Against a fine quadrature of the density over the cells, whose sum is what lies in the grid."""
    grid, u, fine = ScaledGrid(40), 0.2, 8
    alpha, sigma = scaled_levels(u)
    inner = ScaledGrid(40 * fine)
    density = RING.at(alpha, sigma).density(inner.places).numpy().reshape(40, fine, 40, fine)
    np.testing.assert_allclose(grid.masses(RING, u), density.sum((1, 3)) * inner.width**2, atol=2e-5)


def test_a_grid_says_from_when_on_it_resolves_the_data():
    grid = ScaledGrid(60)
    u = grid.first_clock(RING)
    alpha, sigma = scaled_levels(u)
    narrowest = RING.diffused(alpha, sigma).covariances[:, 0, 0].min() ** 0.5
    assert narrowest == pytest.approx(2.2 * grid.width)
    assert ScaledGrid(400).first_clock(RING) == 0


def test_the_places_are_ordered_as_pictures_are():
    grid = ScaledGrid(16)
    step = torch.tensor([grid.width, 0.0], dtype=torch.float64)
    torch.testing.assert_close(grid.places[1] - grid.places[0], step)
