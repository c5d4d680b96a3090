"""What the words promise of what a person puts in: a particle into the race, half a digit on the pad."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.experiments.digits.half_digit import HalfDigitConfig, complete_half, ink_of
from diffviz.experiments.lane import Lane
from diffviz.experiments.own_particle import Start, follow_own
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.experiments.race import run_lane
from diffviz.metrics import SlicedWasserstein
from diffviz.samplers import SAMPLERS
from diffviz.schedules import Cosine
from diffviz.ui.race import race

ANGLES = np.linspace(2.8, -1.5, 200)
ARC = np.stack([np.cos(ANGLES), 1.0 + 0.9 * np.sin(ANGLES)], -1)  # the top of a 2 or of a 3, on a pad from -3 to 3


@pytest.mark.promise("race-own-particle")
@pytest.mark.parametrize("slug", race.DEFAULTS[:3])
def test_from_the_place_of_a_marked_particle_the_own_one_takes_its_path(slug: str) -> None:
    problem, lane = Problem(), Lane(SAMPLERS[slug]())
    x, y = brownian_path(Cosine(), (1, 2), problem.seed).initial()[0].tolist()
    marked = run_lane(problem, lane, SlicedWasserstein()).x[:, 0]
    np.testing.assert_allclose(follow_own(problem, lane.fitted(problem), Start(x, y)), marked, atol=1e-5)


@pytest.mark.slow
@pytest.mark.promise("inverse-own-half")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_arc_on_top_becomes_a_two_and_a_three_and_stays_as_it_was(seed: int) -> None:
    found = complete_half(HalfDigitConfig(ink_of(ARC, 3.0), seed=seed))
    assert {2, 3} <= set(found.labels.astype(int))
    assert found.known_error < 0.03
