"""Reading a network as a score model."""

import pytest
import torch
from torch import Tensor, nn

from diffviz.networks import MLP
from diffviz.networks.targets import radius
from diffviz.objectives import TARGETS
from diffviz.protocols import Schedule, ScoreModel
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.scores.learned import LearnedScore

X = torch.tensor([[0.3, -1.2], [2.0, 0.1], [-0.5, 0.7]], dtype=torch.float64)


class Perfect(nn.Module):
    """Answers exactly for data N(0, 1/4), in the view it is asked for."""

    def __init__(self, schedule: Schedule, target: str) -> None:
        super().__init__()
        self.schedule, self.target = schedule, target

    def forward(self, x: Tensor, t: float | Tensor) -> Tensor:
        t = torch.as_tensor(t, dtype=x.dtype).reshape(-1, 1)
        alpha, sigma = self.schedule.alpha(t), self.schedule.sigma(t)
        noisy = x * radius(alpha, sigma)
        variance = alpha**2 / 4 + sigma**2
        return TARGETS[self.target].value(alpha / 4 / variance * noisy, sigma / variance * noisy, alpha, sigma)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("schedule", [kind() for kind in SCHEDULES.values()], ids=lambda s: type(s).__name__)
def test_a_perfect_network_gives_the_exact_score(schedule: Schedule, target: str):
    model = LearnedScore(schedule, Perfect(schedule, target), target)
    for t in (0.25, 0.75):
        exact = -X / (schedule.alpha(t) ** 2 / 4 + schedule.sigma(t) ** 2)
        torch.testing.assert_close(model.predict(X, t).score, exact, rtol=1e-6, atol=1e-8)
        each = torch.full((3,), t, dtype=torch.float64)
        torch.testing.assert_close(model.predict(X, each).score, exact, rtol=1e-6, atol=1e-8)


def test_it_is_a_score_model_and_records_no_gradient():
    model = LearnedScore(Cosine(), MLP().build((2,), 0), "v")
    assert isinstance(model, ScoreModel)
    assert not model.predict(X.float(), 0.5).score.requires_grad
