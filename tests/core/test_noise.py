"""Noise is seeded by particle, and a Brownian path is one path at every step size."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diffviz.noise import BrownianPath, WhiteNoise

LOW, HIGH = -5.0, 4.6


def path(seed: int = 0, count: int = 4, forward: bool = False) -> BrownianPath:
    return BrownianPath(seed, (count, 2), LOW, HIGH, forward=forward, dtype=torch.float64)


def increment(p: BrownianPath, a: float, b: float, rate: float = 2.0) -> torch.Tensor:
    return p.between(a, b) * math.sqrt(math.exp(rate * b) - math.exp(rate * a))


@given(st.lists(st.floats(LOW, HIGH), min_size=3, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_increments_add_up_in_any_order_of_asking(stops, shuffler):
    stops = sorted(stops)
    if min(np.diff(stops)) < 1e-6:
        return
    asked = path()
    pairs = list(zip(stops[:-1], stops[1:], strict=True))
    shuffler.shuffle(pairs)
    total = sum(increment(asked, a, b) for a, b in pairs)
    torch.testing.assert_close(total, increment(path(), stops[0], stops[-1]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("forward", [False, True])
def test_increments_are_standard_normal_and_independent(forward):
    p = path(1, 20000, forward)
    stops = np.linspace(LOW, HIGH, 7)[:: -1 if forward else 1]
    z = torch.stack([p.between(a, b).flatten() for a, b in zip(stops[:-1], stops[1:], strict=True)])
    covariance = torch.cov(z)
    assert float(z.mean(dim=1).abs().max()) < 5 / math.sqrt(40000)
    assert float((covariance - torch.eye(6)).abs().max()) < 5 * math.sqrt(2 / 40000)


def test_particles_have_streams_of_their_own():
    for make in (lambda n: path(3, n), lambda n: WhiteNoise(3, (n, 2), torch.float64)):
        few, many = make(10), make(1000)
        torch.testing.assert_close(few.between(-1.0, 0.5), many.between(-1.0, 0.5)[:10], rtol=0, atol=0)
        torch.testing.assert_close(few.initial(), many.initial()[:10], rtol=0, atol=0)


def test_seeds_and_steps_tell_draws_apart():
    a, b = WhiteNoise(0, (50, 2)), WhiteNoise(1, (50, 2))
    draws = [
        a.initial(),
        a.between(0.0, 1.0),
        a.between(0.0, 2.0),
        b.initial(),
        b.between(0.0, 1.0),
        path(0, 50).initial(),
    ]
    for i, one in enumerate(draws):
        for other in draws[:i]:
            assert not torch.equal(one.double(), other.double())


def test_a_path_is_not_walked_backwards_nor_left():
    with pytest.raises(ValueError, match="other way"):
        path().between(1.0, 0.0)
    with pytest.raises(ValueError, match="no lambda"):
        path().between(1.0, 9.0)


def test_no_global_random_state_is_touched():
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    path().between(0.0, 1.0), WhiteNoise(0, (5, 2)).initial()
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
