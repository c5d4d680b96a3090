"""The exact score model of a mixture."""

import pytest
import torch

from diffviz.data import HandPlaced, Ring
from diffviz.protocols import ScoreModel
from diffviz.schedules.linear import LinearVP, SubVP
from diffviz.scores.mixture import MixtureScore

SCHEDULES = [LinearVP(), SubVP()]


def points(count: int = 30, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return 1.5 * torch.randn(count, 2, dtype=dtype, generator=torch.Generator().manual_seed(0))


def test_it_is_a_score_model():
    assert isinstance(MixtureScore(LinearVP(), Ring().mixture), ScoreModel)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("t", [1e-3, 0.1, 0.5, 1.0])
def test_all_views_equal_the_closed_forms(schedule, t):
    mixture, x = HandPlaced().mixture, points()
    alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
    marginal = mixture.at(alpha, sigma)
    prediction = MixtureScore(schedule, mixture).predict(x, t)
    torch.testing.assert_close(prediction.x0, marginal.posterior_mean(x), rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(prediction.score, marginal.score(x), rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(alpha * prediction.x0 + sigma * prediction.eps, x, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_time_per_sample_equals_each_time_alone(schedule):
    model, x = MixtureScore(schedule, HandPlaced().mixture), points()
    t = torch.linspace(1e-3, 1, len(x), dtype=torch.float64)
    together = model.predict(x, t)
    for i in (0, 11, 29):
        alone = model.predict(x[i : i + 1], float(t[i]))
        for view in ("x0", "eps", "score", "v"):
            torch.testing.assert_close(getattr(together, view)[i], getattr(alone, view)[0], rtol=1e-9, atol=1e-9)


def test_a_tensor_without_dimensions_is_one_time_for_all():
    model, x = MixtureScore(LinearVP(), Ring().mixture), points()
    time = torch.tensor(0.25, dtype=torch.float64)
    torch.testing.assert_close(model.predict(x, time).x0, model.predict(x, 0.25).x0, rtol=0, atol=0)


@pytest.mark.parametrize("t", [1e-3, 0.3, 1.0])
def test_single_precision_follows_x_and_stays_close(t):
    model, x = MixtureScore(LinearVP(), Ring().mixture), points(dtype=torch.float32)
    single, double = model.predict(x, t), model.predict(x.double(), t)
    assert single.x0.dtype == single.eps.dtype == torch.float32
    torch.testing.assert_close(single.x0.double(), double.x0, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(single.eps.double(), double.eps, rtol=1e-3, atol=1e-4)


def test_answers_do_not_depend_on_what_was_asked_before():
    schedule, mixture, x = LinearVP(), Ring().mixture, points(4)
    used = MixtureScore(schedule, mixture)
    for i in range(1500):  # more times than are remembered
        used.predict(x, 0.01 + i * 6e-4)
    used.predict(x.float(), 0.01)
    torch.testing.assert_close(
        used.predict(x, 0.01).x0, MixtureScore(schedule, mixture).predict(x, 0.01).x0, rtol=0, atol=0
    )
    assert len(used._levels) <= 1024
