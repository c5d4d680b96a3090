"""What the words of SDE and ODE promise is to be seen: with the page's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from diffviz.experiments.problem import Problem
from diffviz.experiments.sde_ode import SDEODEComparison, SDEODEConfig, compare_sde_ode
from diffviz.player import Heat, Pane
from diffviz.protocols import Array
from diffviz.scenes.sde_ode import compose

SEEDS = pytest.mark.parametrize("seed", range(3))
# Two shades of one law share 0.88 of their worst column (2,000 particles each); in the wrong order of time, 0.72.
AGREE = 0.82


@cache
def compared(seed: int, tau: float = 1.0, steps: int = 200) -> SDEODEComparison:
    return compare_sde_ode(SDEODEConfig(Problem(seed=seed), tau=tau, steps=steps))


def shade(pane: Pane) -> Array:
    """The drawn histograms (bins, columns), each of sum 1."""
    heat = next(layer for layer in pane.layers if isinstance(layer, Heat))
    squared = np.square(heat.values[0])
    return np.asarray(squared / squared.sum(axis=0))


def overlap(first: Array, second: Array) -> float:
    """What the two columns that differ most have in common."""
    return float(np.minimum(first, second).sum(axis=0).min())


@SEEDS
@pytest.mark.promise("sde-ode-shades-agree")
def test_the_shades_agree_column_by_column_and_the_particles_do_not(seed: int) -> None:
    comparison = compared(seed)
    sde, flow = map(shade, compose(comparison, axis=0).panes)
    assert overlap(sde, flow) > AGREE
    assert not overlap(sde, flow[:, ::-1]) > AGREE
    ensembles = comparison.ensembles
    apart = np.linalg.norm(ensembles.sde[-1] - ensembles.ode[-1], axis=1)
    assert (apart < 0.1).mean() < 0.05  # 0.015 of them, by chance
    started = np.linalg.norm(ensembles.sde[0] - ensembles.ode[0], axis=1)
    assert not (started < 0.1).mean() < 0.05


@SEEDS
@pytest.mark.promise("sde-ode-small-tau-bundles")
def test_a_small_tau_closes_the_fan_and_keeps_the_shade(seed: int) -> None:
    def strays(comparison: SDEODEComparison) -> float:
        return float(np.abs(comparison.fan[..., 0] - comparison.path[:, None, 0]).mean())

    def bundled(tau: float) -> bool:
        return strays(compared(seed, tau)) < 0.5 * strays(compared(seed))  # 0.17 to 0.35 of it

    assert bundled(0.1)
    assert not bundled(0.5)
    small, full = (shade(compose(compared(seed, tau), axis=0).panes[0]) for tau in (0.1, 1.0))
    assert overlap(small, full) > AGREE


@SEEDS
@pytest.mark.promise("sde-ode-large-tau-needs-steps")
def test_a_large_tau_in_few_steps_ends_far_from_the_data(seed: int) -> None:
    def share_of_floor(tau: float, steps: int) -> float:
        last = compared(seed, tau, steps).ensembles.marginals[-1]
        return last.sde / last.floor.mean

    def several(tau: float, steps: int) -> bool:
        return share_of_floor(tau, steps) > 4.2  # 5.7 to 6.9 for tau = 2, 2.2 to 3.1 for 0.1

    assert several(2.0, 20)
    assert not several(2.0, 400) and share_of_floor(2.0, 400) < 2  # 1.0 to 1.4
    assert not several(0.1, 20)


@SEEDS
@pytest.mark.promise("sde-ode-one-start-all-data")
def test_one_start_reaches_every_part_of_the_data(seed: int) -> None:
    data = Problem(seed=seed).draw(1_000, 77)

    def reached(tau: float) -> bool:
        ends = compared(seed, tau).fan[-1]
        nearest = np.linalg.norm(data[:, None] - ends, axis=-1).min(axis=1)
        return bool((nearest < 0.5).mean() > 0.85)  # half the gap between two turns; 0.96 of the data, 0.33 to 0.63

    assert reached(1.0)
    assert not reached(0.1)
