"""Butcher tableaus are consistent and meet the order conditions of their declared order, and no more."""

import numpy as np
import pytest

from diffviz.samplers import ProbabilityFlowHeun, ProbabilityFlowRK3, ProbabilityFlowRK4

METHODS = [ProbabilityFlowHeun, ProbabilityFlowRK3, ProbabilityFlowRK4]


def order_conditions(a, b, c) -> dict[int, list[tuple[float, float]]]:
    """For each order, a sum over the tableau and what it must be (Hairer, Norsett and Wanner 1993, table II.2.1)."""
    return {
        1: [(b.sum(), 1)],
        2: [(b @ c, 1 / 2)],
        3: [(b @ c**2, 1 / 3), (b @ a @ c, 1 / 6)],
        4: [(b @ c**3, 1 / 4), (b @ (c * (a @ c)), 1 / 8), (b @ a @ c**2, 1 / 12), (b @ a @ a @ c, 1 / 24)],
        5: [(b @ c**4, 1 / 5), (b @ a @ a @ a @ c, 1 / 120)],  # two of nine: a method of order 4 misses them
    }


@pytest.mark.parametrize("method", METHODS)
def test_a_tableau_is_explicit_consistent_and_of_its_declared_order(method):
    tableau, stages = method.tableau, method.cost
    assert [len(row) for row in tableau.a] == list(range(stages)) and len(tableau.b) == len(tableau.c) == stages
    a = np.array([[*row, *[0.0] * (stages - len(row))] for row in tableau.a])
    b, c = np.array(tableau.b), np.array(tableau.c)
    np.testing.assert_allclose(a.sum(1), c, atol=1e-15)
    conditions = order_conditions(a, b, c)
    for order in range(1, method.order + 1):
        for left, right in conditions[order]:
            assert left == pytest.approx(right, abs=1e-15)
    assert any(abs(left - right) > 1e-3 for left, right in conditions[method.order + 1])
