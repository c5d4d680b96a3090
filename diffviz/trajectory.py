"""What samplers yield and figures draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.prediction import Prediction
from diffviz.protocols import Array


class Step(NamedTuple):
    """One visited node: its time, the state there (B, *D), and the model's prediction (None at the last)."""

    t: float
    x: Tensor
    prediction: Prediction | None


@dataclass(frozen=True)
class Trajectory:
    """The visited nodes of one run, in order.

    t: (N+1,) times. x: (N+1, B, *D) states. x0: (N, B, *D) denoised points, where the model was called.
    nfe: number of function evaluations, as counted around the model.
    """

    t: Array
    x: Tensor
    x0: Tensor
    nfe: int

    @classmethod
    def collect(cls, steps: Iterable[Step]) -> tuple[Array, Tensor, Tensor]:
        """Stack visited nodes to t (N + 1,), x (N + 1, B, *D) and x0 (N, B, *D)."""
        visited = []
        for step in steps:
            raise_if_cancelled()
            visited.append(step)
        x0 = [s.prediction.x0 for s in visited if s.prediction is not None]
        x = torch.stack([s.x for s in visited])
        return np.array([s.t for s in visited]), x, torch.stack(x0) if x0 else x[:0]

    @property
    def final(self) -> Tensor:
        """The samples: the state at the last node, (B, *D)."""
        return self.x[-1]
