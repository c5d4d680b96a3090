"""A checkerboard's density: boxes blurred by a Gaussian are differences of its distribution function."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from diffviz.data.normalise import Normalisation
from diffviz.protocols import Array, Coefficient


@dataclass(frozen=True, eq=False)
class Board:
    """q_0 even on the squares of a board whose row and column are both even or both odd.

    columns, rows: (cells + 1,) the edges along either axis, rising. On a square x and y are independent, and so are
    they on all even, and on all odd squares together: two products of one-dimensional laws.
    """

    columns: Array
    rows: Array

    def affine(self, normalisation: Normalisation) -> Board:
        """The law of the points that `normalisation` maps this one's to."""
        edges = normalisation.apply(np.stack([self.columns, self.rows], -1))
        return Board(edges[:, 0], edges[:, 1])

    def at(
        self,
        alpha: Coefficient = 1.0,
        sigma: Coefficient = 0.0,
        dtype: torch.dtype = torch.float64,
        device: torch.device | None = None,
    ) -> NoisedBoard:
        """Its noised law, for a positive sigma."""
        del dtype  # always double: far from the board single precision loses the tails' differences
        return NoisedBoard(self, alpha, sigma, device)


class NoisedBoard:
    """Closed forms of x_t = alpha x_0 + sigma eps at points x (B, 2), worked out in float64, given in x's dtype."""

    def __init__(
        self, board: Board, alpha: Coefficient, sigma: Coefficient, device: torch.device | None = None
    ) -> None:
        edges = torch.as_tensor(np.stack([board.columns, board.rows]), dtype=torch.float64, device=device)
        self._alpha, self._sigma = _doubled(alpha), _doubled(sigma)
        self._width = self._sigma / self._alpha
        self._low, self._high = edges[:, :-1, None], edges[:, 1:, None]  # (2, cells, 1)
        cells = edges.shape[1] - 1
        even = torch.arange(cells, device=device) % 2 == 0
        never = torch.tensor(-math.inf, dtype=torch.float64, device=device)
        # (2, 1, cells, 1): what the even and the odd cells take part in
        self._part = torch.where(torch.stack([even, ~even]), 0.0, never)[:, None, :, None]
        areas = [sum(1 for k in range(cells) if k % 2 == part) ** 2 for part in (0, 1)]
        first, second = edges[:, 1] - edges[:, 0]
        self._log_height = -torch.log(first * second * sum(areas))

    def log_density(self, x: Tensor) -> Tensor:
        """log q_t(x), (B,), per unit of volume."""
        mass, _ = self._intervals(x)
        by_part = torch.logsumexp(mass + self._part, 2).sum(1)  # (2, B)
        return (torch.logsumexp(by_part, 0) + self._log_height - 2 * torch.log(self._alpha)).to(x.dtype)

    def density(self, x: Tensor) -> Tensor:
        """q_t(x), (B,), per unit of volume."""
        return self.log_density(x).exp()

    def score(self, x: Tensor) -> Tensor:
        """grad log q_t(x), (B, 2), per unit of x."""
        drawn = self._away(x) / self._sigma
        return drawn.T.to(x.dtype)

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[x_0 | x_t = x], the denoised point, (B, 2)."""
        return (x.T.double() / self._alpha + self._width * self._away(x)).T.to(x.dtype)

    def _away(self, x: Tensor) -> Tensor:
        """How far E[x_0 | x] is from x / alpha, in widths, (2, B): minus the expected noise."""
        mass, away = self._intervals(x)
        joint = mass + self._part  # (2 parts, 2 axes, cells, B)
        along = (torch.softmax(joint, 2) * away).sum(2)  # (2 parts, 2 axes, B)
        parts = torch.softmax(torch.logsumexp(joint, 2).sum(1), 0)  # (2 parts, B)
        return (parts[:, None] * along).sum(0)

    def _intervals(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Of each interval, (2, cells, B): log of the Gaussian's mass in it, and its mean there, in widths from x."""
        at = (x.T.double() / self._alpha)[:, None]
        low, high = (self._low - at) / self._width, (self._high - at) / self._width
        # Mirrored where the interval lies below x, so that tails are differences of small numbers, not of ones.
        mirrored = low + high < 0
        near, far = torch.where(mirrored, -high, low), torch.where(mirrored, -low, high)
        outer, inner = torch.special.log_ndtr(-far), torch.special.log_ndtr(-near)
        mass = inner + torch.log(-torch.expm1(outer - inner))
        root = math.log(2 * math.pi) / 2
        mean = torch.exp(-near * near / 2 - root - mass) - torch.exp(-far * far / 2 - root - mass)
        return mass, torch.where(mirrored, -mean, mean)


def _doubled(value: Coefficient) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64)
