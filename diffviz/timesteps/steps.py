"""Learned steps: a grid that every sampler can use, and the levels that the network is told at its times."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from diffviz.config import Config, ConfigError
from diffviz.grids import HandPlaced
from diffviz.grids.base import between
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.timesteps.retimed import RetimedScore


@dataclass(frozen=True)
class LearnedGrid(HandPlaced):
    """Inner times found by gradient descent through the solver, kept as shares of the way in lambda."""

    title: ClassVar[str] = "Learned (LD3)"
    paper: ClassVar[str] = "Tong et al. 2024 (LD3), section 3"
    latex: ClassVar[str] = (
        r"\lambda_i=\lambda_{t_{\max}}+\big(\lambda_{t_{\min}}-\lambda_{t_{\max}}\big)"
        r"\sum_{j\le i}\mathrm{softmax}(\xi)_j"
    )


@dataclass(frozen=True)
class LearnedSteps(Config):
    """N steps from noise to data.

    shares: (N - 1,) of the inner times, rising inside (0, 1), in lambda. shifts: (N,) in lambda, by which the network
    is told another level than that of the step that begins; zeros where it is told the truth.
    """

    shares: tuple[float, ...]
    shifts: tuple[float, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.shifts) != len(self.shares) + 1 or not np.isfinite(self.shifts).all():
            raise ConfigError("Learned steps need one finite shift more than inner shares.")
        LearnedGrid(shares=self.shares)

    @property
    def grid(self) -> LearnedGrid:
        """The times, for any sampler and schedule."""
        return LearnedGrid(shares=self.shares)

    @property
    def steps(self) -> int:
        """N."""
        return len(self.shifts)

    def levels(self, schedule: Schedule) -> Array:
        """lambda at which the sampler steps, (N + 1,)."""
        noisy, data = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
        return between(noisy, data, np.array([0.0, *self.shares, 1.0]))

    def told(self, schedule: Schedule) -> Array:
        """lambda that the network is told at each call, (N,), within the schedule's range."""
        lam = self.levels(schedule)
        return (lam[:-1] + self.shifts).clip(lam[0], lam[-1])

    def retimed(self, model: ScoreModel) -> ScoreModel:
        """The model as it is to be asked on this grid: the very one where nothing is shifted."""
        if not any(self.shifts):
            return model
        return RetimedScore(model, self.levels(model.schedule)[:-1], self.told(model.schedule))

    def save(self, path: Path) -> None:
        """Write both lists as JSON, which `load` reads back to the last digit."""
        path.write_text(json.dumps({"shares": self.shares, "shifts": self.shifts}) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> LearnedSteps:
        """Raises `ConfigError` for a file that holds no learned steps."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            shares, shifts = (tuple(map(float, values[name])) for name in ("shares", "shifts"))
        except (OSError, ValueError, KeyError, TypeError):
            raise ConfigError(f"{path.name} holds no learned steps.") from None
        return cls(shares, shifts)
