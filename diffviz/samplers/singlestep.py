"""What the singlestep exponential integrators share: inner points placed in lambda, and a last step that asks once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from diffviz.config import Flag
from diffviz.prediction import Array, Schedule
from diffviz.samplers.base import Node, StagedSampler


@dataclass(frozen=True)
class Singlestep(StagedSampler, ABC):
    """Inner points at given fractions of each step's way in lambda."""

    lower_order_final: Annotated[
        bool, Flag(label="first order at the end", help="The last step asks once only, a DDIM step: steadier, cheaper.")
    ] = False

    @property
    @abstractmethod
    def fractions(self) -> tuple[float, ...]:
        """How far along the step, in lambda, the second, third, … call is made."""

    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """The times of lambda_s + r h."""
        lam = np.array([node.lam for node in nodes])
        return [schedule.time_of(lam[:-1] + r * np.diff(lam)) for r in self.fractions]

    def single(self, step: int, steps: int) -> bool:
        """The last step, if so chosen."""
        return self.lower_order_final and step == steps - 1

    def calls(self, steps: int) -> int:
        """One call for the last step, if so chosen."""
        return steps * self.cost - (self.cost - 1) * self.lower_order_final

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, (nfe + (self.cost - 1) * self.lower_order_final) // self.cost)
