"""The cosine schedule in continuous time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from diffviz.config import Range
from diffviz.protocols import T
from diffviz.schedules.base import VariancePreserving, ops


@dataclass(frozen=True)
class Cosine(VariancePreserving):
    """alpha falls like a cosine, so that noise enters gently at both ends; ends where lambda is still finite."""

    title: ClassVar[str] = "Cosine VP"
    paper: ClassVar[str] = "Nichol and Dhariwal 2021, equation 17"
    latex: ClassVar[str] = (
        r"\alpha_t=\cos\!\Big(\tfrac{t+s}{1+s}\tfrac{\pi}{2}\Big)\Big/\cos\!\Big(\tfrac{s}{1+s}\tfrac{\pi}{2}\Big)"
    )
    t_max: ClassVar[float] = 0.9946

    offset: Annotated[float, Range(0.001, 0.05, step=0.001, label="s", help="Keeps β from vanishing at t = 0.")] = 0.008

    @property
    def _rate(self) -> float:
        return math.pi / 2 / (1 + self.offset)

    def log_alpha(self, t: T) -> T:
        """log cos of the angle pi/2 (t + s) / (1 + s), less its value at t = 0."""
        xp = ops(t)
        return xp.log(xp.cos(self._rate * (t + self.offset))) - math.log(math.cos(self._rate * self.offset))

    def f(self, t: T) -> T:
        """d log cos(angle) / dt = -rate tan(angle), with rate = pi/2 / (1 + s)."""
        return -self._rate * ops(t).tan(self._rate * (t + self.offset))

    def time_of_log_alpha(self, log_alpha: T) -> T:
        """The t whose angle has that cosine, by arccos."""
        xp = ops(log_alpha)
        return xp.arccos(xp.exp(log_alpha) * math.cos(self._rate * self.offset)) / self._rate - self.offset
