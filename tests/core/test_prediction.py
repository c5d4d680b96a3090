"""The five views of a prediction are one answer."""

import pytest
import torch

from diffviz.prediction import Prediction, expand
from diffviz.schedules import SCHEDULES

VIEWS = {
    "x0": Prediction.of_x0,
    "eps": Prediction.of_eps,
    "score": Prediction.of_score,
    "v": Prediction.of_v,
    "u": Prediction.of_u,
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("view", VIEWS)
def test_any_view_gives_the_others_back(view, schedule):
    within = SCHEDULES[schedule]()
    generator = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, 5, 2, dtype=torch.float64, generator=generator)
    alpha, sigma = within.alpha(0.4), within.sigma(0.4)
    x = alpha * x0 + sigma * eps
    whole = Prediction(x, alpha, sigma, x0, eps)
    again = VIEWS[view](x, alpha, sigma, getattr(whole, view))
    for name in VIEWS:
        torch.testing.assert_close(getattr(again, name), getattr(whole, name), rtol=1e-9, atol=1e-9)


def test_per_sample_coefficients_fit_any_shape():
    t = torch.arange(3.0)
    assert expand(t, torch.zeros(3, 2)).shape == (3, 1)
    assert expand(t, torch.zeros(3, 1, 28, 28)).shape == (3, 1, 1, 1)
    assert expand(0.5, torch.zeros(3, 2)) == 0.5
