"""The words around the picture of SDE and ODE."""

from __future__ import annotations

from diffviz.experiments.sde_ode import MarginalDistance
from diffviz.metrics import Floor
from diffviz.ui.race.sde_ode import table


def test_the_table_writes_symbols_as_formulas() -> None:
    head, _, row = table((MarginalDistance(0.5, 0.041, 0.047, Floor(0.039, 0.003, pairs=9)),)).splitlines()
    assert head == "| $t$ | flow to $q_t$ | SDE to $q_t$ | real to real | single pairs |"
    assert row == "| 0.500 | 0.041 | 0.047 | 0.039 ± 0.003 | 0.030 to 0.048 |"  # three times the standard error
