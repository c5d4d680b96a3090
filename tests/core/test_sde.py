"""The forward SDE, its reverse and its flow belong to one another and to the marginals."""

import numpy as np
import pytest
import torch

from diffviz.noise import BrownianPath
from diffviz.schedules import SCHEDULES, LinearVP
from diffviz.sde import euler_maruyama, exact_jumps, flow_drift, forward_drift, reverse_drift


def path(schedule, count: int) -> BrownianPath:
    ends = schedule.lam(np.array([schedule.t_max, schedule.t_min])).tolist()
    return BrownianPath(0, (count, 2), *ends, forward=True, dtype=torch.float64)


@pytest.mark.parametrize("name", SCHEDULES)
def test_exact_jumps_have_the_marginal_law_and_compose(name):
    schedule = SCHEDULES[name]()
    x0 = torch.ones(20000, 2, dtype=torch.float64)
    times = np.linspace(schedule.t_min, schedule.t_max, 9)
    run = exact_jumps(schedule, x0, times, path(schedule, 20000))
    for i in (0, 4, 8):
        mean, std = float(run[i].mean()), float(run[i].std())
        sigma = schedule.sigma(times[i])
        assert mean == pytest.approx(schedule.alpha(times[i]), abs=5 * sigma / 200)
        assert std == pytest.approx(sigma, rel=0.03)
    coarse = exact_jumps(schedule, x0[:50], times[[0, 4, 8]], path(schedule, 50))
    torch.testing.assert_close(coarse[-1], run[-1, :50], rtol=1e-8, atol=1e-8)


def test_euler_maruyama_approaches_the_exact_path():
    schedule = LinearVP()
    x0 = torch.ones(300, 2, dtype=torch.float64)

    def gap(steps: int) -> float:
        times = np.linspace(schedule.t_min, schedule.t_max, steps + 1)
        both = (method(schedule, x0, times, path(schedule, 300))[-1] for method in (exact_jumps, euler_maruyama))
        return float((next(both) - next(both)).square().mean().sqrt())

    gaps = [gap(n) for n in (20, 40, 80, 160)]
    assert np.log2(gaps[0] / gaps[3]) / 3 == pytest.approx(1, abs=0.15)  # additive noise: strong order 1


def test_the_flow_lies_halfway_between_forward_and_reverse():
    schedule = LinearVP()
    x, score = torch.randn(2, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    for t in (0.3, torch.linspace(0.1, 0.9, 6, dtype=torch.float64)):
        middle = (forward_drift(schedule, x, t) + reverse_drift(schedule, x, t, score)) / 2
        torch.testing.assert_close(flow_drift(schedule, x, t, score), middle)
