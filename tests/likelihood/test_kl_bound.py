"""Song et al.'s bound, where both sides are exact."""

import numpy as np
import pytest

from diffviz.likelihood.kl_bound import GaussianTarget, measure_kl_bound
from diffviz.schedules import SCHEDULES, LinearVP


def test_it_holds_for_the_sde_and_fails_for_the_flow_as_recorded():
    found = measure_kl_bound(GaussianTarget(deviation=0.5), LinearVP(), 1.1)
    assert found.sde == pytest.approx(0.0088, abs=5e-5)
    assert found.bound == pytest.approx(0.0572, abs=5e-5)
    assert found.ode == pytest.approx(0.497, abs=5e-4)


@pytest.mark.parametrize("slug", SCHEDULES)
@pytest.mark.parametrize("scale", [0.8, 1.2])
def test_the_sde_is_within_the_bound_on_every_schedule(slug, scale):
    found = measure_kl_bound(GaussianTarget(0.4, 0.3, 2), SCHEDULES[slug](), scale)
    assert 0 < found.sde < found.bound


@pytest.mark.parametrize("slug", ["linear", "cosine", "ve"])
def test_with_the_exact_score_only_the_start_is_off(slug):
    """Then both processes carry the start's distance on, and nothing grows it: KL falls along any Markov kernel."""
    found = measure_kl_bound(GaussianTarget(1.0, 0.3), SCHEDULES[slug](), 1.0)
    assert found.score == 0
    assert found.sde <= found.prior + 1e-9 and found.ode == pytest.approx(found.prior, rel=1e-3, abs=1e-9)


def test_coordinates_add_up():
    one, three = (measure_kl_bound(GaussianTarget(0.2, 0.4, d), LinearVP(), 0.9) for d in (1, 3))
    np.testing.assert_allclose(np.array(three), 3 * np.array(one), rtol=1e-9)
