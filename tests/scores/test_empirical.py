"""The exact score model of a finite data set."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.data import GaussianMixture, SwissRoll
from diffviz.protocols import ScoreModel
from diffviz.schedules.linear import LinearVP
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.mixture import MixtureScore

DATA = torch.from_numpy(SwissRoll().draw(200, 0))


def points(count: int = 30) -> torch.Tensor:
    return torch.randn(count, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_it_is_a_score_model():
    assert isinstance(EmpiricalScore(LinearVP(), DATA), ScoreModel)


@pytest.mark.parametrize("t", [0.05, 0.3, 1.0])
def test_it_is_the_limit_of_a_mixture_of_narrow_gaussians(t):
    narrow = GaussianMixture(np.ones(200), DATA.numpy(), np.tile(1e-12 * np.eye(2), (200, 1, 1)))
    exact = MixtureScore(LinearVP(), narrow).predict(points(), t)
    empirical = EmpiricalScore(LinearVP(), DATA).predict(points(), t)
    torch.testing.assert_close(empirical.x0, exact.x0, rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(empirical.score, exact.score, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("t", [0.05, 0.3, 1.0])
def test_the_score_is_the_gradient_of_the_log_density(t):
    schedule, x = LinearVP(), points().requires_grad_()
    alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
    log_density = torch.logsumexp(-(x[:, None] - alpha * DATA).square().sum(-1) / (2 * sigma**2), 1)
    (score,) = torch.autograd.grad(log_density.sum(), x)
    torch.testing.assert_close(EmpiricalScore(schedule, DATA).predict(x.detach(), t).score, score, rtol=1e-9, atol=1e-9)


def test_a_time_per_sample_equals_each_time_alone():
    model, x = EmpiricalScore(LinearVP(), DATA), points()
    t = torch.linspace(1e-3, 1, len(x), dtype=torch.float64)
    together = model.predict(x, t)
    for i in (0, 11, 29):
        torch.testing.assert_close(together.x0[i], model.predict(x[i : i + 1], float(t[i])).x0[0])


def test_images_and_their_flat_rows_get_the_same_answer():
    generator = torch.Generator().manual_seed(1)
    images, x = (torch.randn(n, 1, 28, 28, generator=generator) for n in (50, 6))
    t = torch.linspace(0.1, 1, 6)
    answer = EmpiricalScore(LinearVP(), images).predict(x, t)
    flat = EmpiricalScore(LinearVP(), images.flatten(1)).predict(x.flatten(1), t)
    assert answer.x0.shape == answer.eps.shape == x.shape
    torch.testing.assert_close(answer.x0.flatten(1), flat.x0)


def test_chunks_do_not_change_the_answer(monkeypatch):
    whole = EmpiricalScore(LinearVP(), DATA).predict(points(), 0.3).x0
    monkeypatch.setattr("diffviz.data.softmax._CHUNK", 3 * 200 * 8)
    torch.testing.assert_close(EmpiricalScore(LinearVP(), DATA).predict(points(), 0.3).x0, whole)


class _TinyNoise(LinearVP):
    """Almost no noise: alpha = 1, sigma = t."""

    def alpha(self, t):
        return 0 * t + 1

    def sigma(self, t):
        return t


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("sigma", [1e-3, 1e-6, 1e-12])
def test_with_tiny_noise_the_nearest_point_is_the_answer(dtype, sigma):
    """Squares of coordinates would lose these gaps: the two nearest points are 0.002 apart, far from the origin."""
    data = torch.tensor([[30.0, -20.0], [30.002, -20.0], [0.0, 0.0]], dtype=dtype)
    x = torch.tensor([[30.0004, -20.0], [30.0016, -20.0], [1e4, 0.0]], dtype=dtype)
    distance = (x[:, None].double() - data.double()).square().sum(-1)
    weights = torch.softmax(-distance / (2 * sigma**2), 1)
    answer = EmpiricalScore(_TinyNoise(), data).predict(x, sigma).x0
    torch.testing.assert_close(answer.double(), weights @ data.double(), rtol=0, atol=1e-5)


def test_it_can_be_differentiated():
    x = points(5).requires_grad_()
    model = EmpiricalScore(LinearVP(), DATA)
    assert torch.autograd.gradcheck(lambda v: model.predict(v, 0.3).score, x)


MEMORY = """
import resource, sys, threading
import numpy as np
import torch
from diffviz.experiments.order import PARTICLES
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.noise import WhiteNoise
from diffviz.samplers import prior
from diffviz.samplers.probability_flow import exact_flow
from diffviz.schedules.linear import LinearVP
from diffviz.scores.empirical import EmpiricalScore

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

torch.set_num_threads(1)
{load}
model.predict(x[:1], 0.3)
before = peak()
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(peak() - before)
"""

MANY_POINTS = """
points, x = torch.rand(50_000, 2, dtype=torch.float64), torch.rand(5_000, 2, dtype=torch.float64)
model = EmpiricalScore(LinearVP(), points)
def work():
    model.predict(x, 0.3)
"""

EXACT_FLOW = """
model = Problem(source=ExactSource()).model
ends = np.array([model.schedule.t_max, model.schedule.t_min])
x = prior(model.schedule, WhiteNoise(0, (PARTICLES, 2), torch.float64))
def work():
    exact_flow(model, x, ends, 100)
"""


def growth_of_the_peak(load: str) -> int:
    """Bytes that a load takes at the most, in a process of its own and in a thread that is not the main one.

    A page computes in such a thread, and what the allocator gives back and keeps is not the same there.
    """
    script = MEMORY.format(load=load)
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_five_thousand_queries_of_fifty_thousand_points_stay_under_500_mb():
    """The whole table would take 2 GB in double precision, for each step of the computation."""
    assert growth_of_the_peak(MANY_POINTS) < 500e6


def test_a_long_run_that_keeps_its_states_takes_no_more_than_they_do():
    """4 MB of states and answers; blocks that come and go between them made it 1.8 GB."""
    assert growth_of_the_peak(EXACT_FLOW) < 100e6
