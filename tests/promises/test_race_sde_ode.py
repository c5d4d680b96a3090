"""What the words on the reverse SDE and the probability flow promise, with the page's defaults on three seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from diffviz.experiments.problem import Problem
from diffviz.experiments.sde_ode import STEPS, Ensembles, SDEODEConfig, follow_particle, run_ensembles
from diffviz.metrics import sliced_w2

COLUMNS = (STEPS // 4, STEPS // 2, 3 * STEPS // 4, STEPS)

on_seeds = pytest.mark.parametrize("seed", (0, 1, 2))


@cache
def ensembles(seed: int, tau: float = 1.0) -> Ensembles:
    return run_ensembles(Problem(seed=seed), tau)


@cache
def fan(seed: int, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """The fan (N + 1, FAN, 2) of the page's particle, and the flow's path (N + 1, 2)."""
    comparison = follow_particle(SDEODEConfig(Problem(seed=seed), tau), ensembles(seed))
    return comparison.fan, comparison.path


def shades_agree(seed: int, tau: float, later: int = 0) -> bool:
    """Every column of the flow with that of the SDE, or with one so many steps later: sliced W₂ 0.06 and 0.2."""
    both = ensembles(seed, tau)
    return max(sliced_w2(both.ode[k - later], both.sde[k]) for k in COLUMNS[1:]) < 0.1


@on_seeds
@pytest.mark.promise("sde-ode-shades-agree")
def test_the_shades_agree_and_the_paths_do_not(seed: int) -> None:
    both = ensembles(seed)
    assert shades_agree(seed, 1.0) and not shades_agree(seed, 1.0, later=STEPS // 4)

    def agree(one: np.ndarray, other: np.ndarray) -> bool:
        """Whether paths from the same starts end together: strangers of the data are 1.8 apart."""
        return float(np.linalg.norm(one[-1] - other[-1], axis=1).mean()) < 1.0

    assert not agree(both.ode, both.sde)
    assert agree(both.ode, ensembles(seed, 0.1).ode)


@on_seeds
@pytest.mark.promise("sde-ode-fan-closes")
def test_at_a_small_tau_the_fan_stays_near_the_path_and_the_shades_agree(seed: int) -> None:
    """Over the whole way its mean distance from the path is a quarter to a third of that at tau = 1."""

    def near(tau: float) -> bool:
        spread = [
            float(np.linalg.norm(paths - path[:, None], axis=-1).mean())
            for paths, path in (fan(seed, tau), fan(seed, 1.0))
        ]
        return spread[0] < 0.5 * spread[1]

    assert near(0.1) and not near(2.0)
    assert shades_agree(seed, 0.1)


@on_seeds
@pytest.mark.promise("sde-ode-rougher")
def test_at_tau_2_the_paths_are_twice_as_rough(seed: int) -> None:
    """1.9 times as long, step by step."""

    def length(tau: float) -> float:
        return float(np.linalg.norm(np.diff(fan(seed, tau)[0], axis=0), axis=-1).sum(axis=0).mean())

    def twice(tau: float) -> bool:
        return 1.6 < length(tau) / length(1.0) < 2.4

    assert twice(2.0) and not twice(1.0)


@on_seeds
@pytest.mark.promise("sde-ode-fan-covers")
def test_the_fan_reaches_nearly_every_part_of_the_data(seed: int) -> None:
    """Of the data 89 to 94 % lie within 0.4 of one of its forty ends; at tau = 0.1, 60 % at most."""
    data = Problem(seed=seed).real[0]

    def covers(tau: float) -> bool:
        return float((cKDTree(fan(seed, tau)[0][-1]).query(data)[0] < 0.4).mean()) > 0.8

    assert covers(1.0) and not covers(0.1)
