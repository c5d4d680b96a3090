"""The forward page's closed forms are densities, and its step error is a step error."""

import numpy as np
import pytest

from diffviz.data import DATASETS, Ring, SwissRoll
from diffviz.scenes.forward import Forward, compare, compose
from diffviz.schedules import SCHEDULES, LinearVP


@pytest.mark.parametrize("dataset", [SwissRoll(), Ring()], ids=["shape", "mixture"])
def test_marginals_are_densities_and_agree(dataset):
    process = Forward(dataset, LinearVP(), 400, 0)
    line = np.linspace(-9, 9, 361)
    step = line[1] - line[0]
    for t in (0.1, 0.5, 1.0):
        first, plane = process.first_marginal(line, t, 0.0), process.density(line, t, 0.0)
        assert first.sum() * step == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(plane.sum(axis=0) * step, first, atol=2e-3)


def test_the_step_error_shrinks_with_the_step():
    process = Forward(SwissRoll(), LinearVP(), 400, 0)
    coarse, fine = (process.euler(n)[2][-1] for n in (20, 80))
    assert coarse / fine == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_makes_a_scene(schedule):
    assert len(compose(Forward(SwissRoll(), SCHEDULES[schedule](), 100, 0), 7).payload()) > 10_000


def test_the_comparison_shows_three_ways():
    scene = compare(DATASETS["moons"](), 100, 0)
    assert [pane.title for pane in scene.panes] == ["VP", "VE", "Sub-VP"]
