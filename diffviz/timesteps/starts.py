"""Start noise that may move within a ball, so that a student need only reach the teacher's end from nearby."""

from __future__ import annotations

import torch
from torch import Tensor


class FreeStarts:
    """For every start x_T a point x_T' with |x_T' - x_T| ≤ radius, which follows the student as it learns.

    L_soft asks for min over x_T' of d(student(x_T'), teacher(x_T)) (Tong et al. 2024, the relaxed objective). The
    minimum is chased: whenever a start is in the batch, its x_T' takes one step down, and is projected onto the ball.
    positions: (*lanes, K, *D), which moves in place; a lane is a student with starts of its own.
    """

    def __init__(self, starts: Tensor, radius: float, lanes: int) -> None:
        self.starts, self.radius = starts, radius
        self.positions = starts.expand(lanes, *starts.shape).clone()

    def descend(self, lane: int, which: Tensor, distance: Tensor, gradient: Tensor) -> None:
        """One step of Polyak's, d / |g|² along -g, for the starts `which` (B,); then back into the ball.

        distance: (B,) d at their positions, at least 0, which is the least it may become. gradient: (B, *D) of each d.
        Polyak 1987, section 5.3: the step needs no rate where the least value is known.
        """
        steep = gradient.flatten(1).square().sum(1)
        length = torch.where(steep > 0, distance / steep, 0.0)
        moved = self.positions[lane, which] - _per_row(length, gradient) * gradient - self.starts[which]
        self.positions[lane, which] = self.starts[which] + self._projected(moved)

    def _projected(self, away: Tensor) -> Tensor:
        """Differences from the starts (B, *D), none longer than the radius."""
        length = away.flatten(1).norm(dim=1)
        return away * _per_row((self.radius / length).clamp(max=1.0), away)

    @property
    def moved(self) -> Tensor:
        """Mean |x_T' - x_T| / radius of each lane, (lanes,): 0 where none has moved, 1 where all are on the sphere."""
        return (self.positions - self.starts).flatten(2).norm(dim=2).mean(1) / self.radius


def _per_row(values: Tensor, x: Tensor) -> Tensor:
    return values.reshape(-1, *(1,) * (x.ndim - 1))
