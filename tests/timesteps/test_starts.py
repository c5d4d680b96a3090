"""Start noise that moves within a ball."""

from __future__ import annotations

import torch

from diffviz.noise import WhiteNoise
from diffviz.timesteps import FreeStarts

SLOPES = torch.tensor([3.0, 0.5], dtype=torch.float64)


def descended(radius: float, steps: int) -> tuple[FreeStarts, torch.Tensor]:
    """Starts that chase the least |A x - y|² for A = diag(SLOPES), and the points A⁻¹ y where it is 0."""
    noise = WhiteNoise(0, (50, 2), torch.float64)
    free = FreeStarts(noise.initial(), radius, lanes=2)
    best = noise.initial() + 0.2 * noise.between(0.0, 1.0)
    everyone = torch.arange(50)
    for _ in range(steps):
        away = SLOPES * (free.positions[1] - best)
        free.descend(1, everyone, away.square().sum(1), 2 * SLOPES * away)
    return free, best


def test_with_room_the_start_reaches_the_point_from_which_the_student_ends_where_the_teacher_does() -> None:
    free, best = descended(radius=10.0, steps=400)
    assert (free.positions[1] - best).norm(dim=1).max() < 1e-3


def test_no_start_leaves_its_ball_and_those_that_would_lie_on_the_sphere() -> None:
    free, best = descended(radius=0.1, steps=100)
    away = (free.positions[1] - free.starts).norm(dim=1)
    assert away.max() <= 0.1 + 1e-12
    assert torch.allclose(away[(best - free.starts).norm(dim=1) > 0.4], torch.tensor(0.1, dtype=torch.float64))


def test_moved_is_the_mean_share_of_the_radius_and_0_where_nothing_descended() -> None:
    free, _ = descended(radius=0.1, steps=3)
    assert free.moved[0] == 0
    assert torch.isclose(free.moved[1], ((free.positions[1] - free.starts).norm(dim=1) / 0.1).mean())


def test_where_the_distance_is_0_nothing_moves() -> None:
    free = FreeStarts(torch.ones(3, 2), 1.0, lanes=1)
    free.descend(0, torch.arange(3), torch.zeros(3), torch.zeros(3, 2))
    assert torch.equal(free.positions[0], free.starts)
