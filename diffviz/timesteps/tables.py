"""The two vectors that are learned for each number of calls, as parameters of a module."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor, nn

from diffviz.grids import Grid
from diffviz.protocols import Schedule
from diffviz.timesteps.steps import LearnedSteps

LEAST = 1e-3  # share of the way in lambda that every step keeps: multistep formulas divide by the length of a step


class StepTables(nn.Module):
    """For each number of calls N: logits (N,), whose softmax is the steps' lengths, and shifts (N,) in lambda.

    The paper has N + 1 logits, of which the last has no effect once the cumulated sum is scaled to the whole way.
    decoupled: whether the shifts take part; else the network is told the truth, and they stay zeros.
    """

    def __init__(self, budgets: Sequence[int], first: Grid, schedule: Schedule, decoupled: bool) -> None:
        super().__init__()
        self.budgets, self.decoupled = tuple(budgets), decoupled
        self.logits, self.shifts = nn.ParameterDict(), nn.ParameterDict()
        for steps in self.budgets:
            lengths = np.diff(schedule.lam(first.times(schedule, steps)))
            shares = (lengths / lengths.sum() - LEAST).clip(LEAST)
            self.logits[str(steps)] = nn.Parameter(torch.from_numpy(np.log(shares)).float())
            self.shifts[str(steps)] = nn.Parameter(torch.zeros(steps))

    def lengths(self, steps: int) -> Tensor:
        """The share of the way in lambda that each step takes, (N,) float64, which sum to 1."""
        softmax = torch.softmax(self.logits[str(steps)].double(), 0)
        return LEAST + (1 - steps * LEAST) * softmax

    def levels(self, steps: int, schedule: Schedule) -> tuple[Tensor, Tensor]:
        """lambda at which to step, (N + 1,), and that the network is told, (N,): float64, with their gradients."""
        noisy, data = schedule.lam(torch.tensor([schedule.t_max, schedule.t_min], dtype=torch.float64)).unbind()
        inner = noisy + (data - noisy) * self.lengths(steps).cumsum(0)[:-1]
        lam = torch.cat([noisy[None], inner, data[None]])
        if not self.decoupled:
            return lam, lam[:-1]
        return lam, (lam[:-1] + self.shifts[str(steps)].double()).clamp(noisy, data)

    @torch.no_grad()
    def learned(self, steps: int) -> LearnedSteps:
        """What they say now, as numbers."""
        shares = tuple(accumulate(self.lengths(steps)[:-1].tolist()))
        return LearnedSteps(shares, tuple(self.shifts[str(steps)].tolist()))
