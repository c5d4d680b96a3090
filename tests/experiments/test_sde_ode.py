"""The reverse SDE and the probability flow: different paths, equal marginals."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data import Ring
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.sde_ode import FAN, SDEODEComparison, SDEODEConfig, compare_sde_ode


@pytest.fixture(scope="module")
def comparison() -> SDEODEComparison:
    return compare_sde_ode(SDEODEConfig(Problem(Ring(), ExactSource()), tau=1.0, particle=3))


def test_the_fan_starts_where_the_path_does_and_spreads(comparison: SDEODEComparison) -> None:
    np.testing.assert_allclose(comparison.fan[0], np.tile(comparison.path[0], (FAN, 1)))
    assert comparison.fan[-1].std(0).max() > 0.5
    np.testing.assert_array_equal(comparison.path, comparison.ensembles.ode[:, 3])


def test_both_processes_take_the_steps_asked_for() -> None:
    few = compare_sde_ode(SDEODEConfig(Problem(Ring(), ExactSource()), steps=20))
    lengths = {len(states) for states in (few.ensembles.t, few.ensembles.ode, few.ensembles.sde, few.path, few.fan)}
    assert lengths == {21}
    assert [m.t for m in few.ensembles.marginals] == few.ensembles.t[[5, 10, 15, 20]].tolist()


def test_both_ensembles_have_the_marginals_within_the_floor(comparison: SDEODEComparison) -> None:
    marginals = comparison.ensembles.marginals
    assert [m.t for m in marginals] == sorted((m.t for m in marginals), reverse=True)
    for m in marginals:
        limit = m.floor.mean + 5 * m.floor.error * np.sqrt(6)
        assert m.ode < limit and m.sde < limit
