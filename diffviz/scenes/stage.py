"""What stands still while a network learns: data, starting noise, exact scores, and how samples are judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from diffviz.data import Dataset, PreparedData, prepare
from diffviz.grids import UniformLogSNR
from diffviz.metrics import Floor, floor, sliced_w2
from diffviz.networks.targets import radius
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.samplers import DPMSolverPP2M, prior, sample
from diffviz.schedules import time_at
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.mixture import MixtureScore
from diffviz.trajectory import Trajectory

TRAINED_ON = 8_000
SAMPLES, STEPS = 1_000, 20
FRESH = 4_000  # points that samples are compared with
SHOWN = 800  # data points drawn, of those trained on
SIDE = 17  # arrows a side
LEVELS, DRAWS = 16, 64  # noise levels at which the error is measured, and points at each


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything that stands still while a network learns: data, starting noise, exact scores, the floor.

    Every picture is in normalised units; fields are shown over x_t / sqrt(alpha² + sigma²), which is of unit scale on
    every schedule. seed draws the training points and the noise; the fresh points that samples are judged by come from
    another seed.
    """

    dataset: Dataset
    schedule: Schedule
    seed: int

    @cached_property
    def data(self) -> PreparedData:
        """What is trained on, (TRAINED_ON, 2)."""
        return prepare(self.dataset, TRAINED_ON, self.seed)

    @cached_property
    def exact(self) -> ScoreModel:
        """The closed form where there is one, else the score of the very points trained on."""
        if self.data.mixture is not None:
            return MixtureScore(self.schedule, self.data.mixture)
        return EmpiricalScore(self.schedule, torch.from_numpy(self.data.points).float())

    @property
    def closed(self) -> bool:
        """Whether `exact` is the score of the distribution itself."""
        return self.data.mixture is not None

    @cached_property
    def fresh(self) -> Array:
        """Points (FRESH, 2) that the network never saw."""
        return self._draw(FRESH, self.seed + 1_000_003)

    @cached_property
    def floor(self) -> Floor:
        """Sliced W2 of other fresh points, as many as there are samples, from the fresh ones."""
        return floor(lambda a, _: sliced_w2(a, self.fresh), self._draw, SAMPLES, pairs=25, seed=self.seed + 2_000_003)

    @cached_property
    def reach(self) -> float:
        """Half the side of the square that shows all data but stray points."""
        return float(max(2.6, 1.15 * np.quantile(np.abs(self.data.points), 0.995)))

    @cached_property
    def places(self) -> Array:
        """Where arrows start, (SIDE², 2)."""
        line = np.linspace(-0.93, 0.93, SIDE) * self.reach
        return np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)

    @cached_property
    def lam(self) -> Array:
        """The noise levels of the error curve, (LEVELS,), rising."""
        s = self.schedule
        low, high = float(s.lam(s.t_max)), float(s.lam(s.t_min))
        return low + (high - low) * (np.arange(LEVELS) + 0.5) / LEVELS

    def time(self, share: float) -> float:
        """The time at a share of the schedule's range: 0 is data, 1 is noise."""
        return time_at(self.schedule, share)

    def noised(self, t: float) -> Array:
        """The shown data points at time t at unit scale, (SHOWN, 2), with the same noise at every t."""
        alpha, sigma = float(self.schedule.alpha(t)), float(self.schedule.sigma(t))
        eps = WhiteNoise(self.seed, (SHOWN, 2), torch.float64).between(0.0, 1.0).numpy()
        return (alpha * self.data.points[:SHOWN] + sigma * eps) / radius(alpha, sigma)

    def field(self, model: ScoreModel, t: float) -> Array:
        """sigma times the score at `places`, (SIDE², 2)."""
        alpha, sigma = float(self.schedule.alpha(t)), float(self.schedule.sigma(t))
        x = torch.from_numpy(self.places * radius(alpha, sigma)).float()
        return (-model.predict(x, t).eps).double().numpy()

    def run(self, model: ScoreModel) -> Trajectory:
        """Samples from the same noise each time, by DPM-Solver++ 2M in STEPS calls."""
        noise = WhiteNoise(self.seed, (SAMPLES, 2))
        times = UniformLogSNR().times(self.schedule, STEPS)
        return sample(DPMSolverPP2M(), model, prior(self.schedule, noise), times, noise)

    def error(self, model: ScoreModel) -> Array:
        """E |eps_theta - eps*|² at each level of `lam`, (LEVELS,), over noised data, always the same."""
        x, t, answer = self._batches
        squared = (model.predict(x, t).eps - answer).square().sum(1)
        error: Array = squared.reshape(LEVELS, DRAWS).mean(1).double().numpy()
        return error

    @cached_property
    def _batches(self) -> tuple[Tensor, Tensor, Tensor]:
        count = LEVELS * DRAWS
        t = torch.from_numpy(np.repeat(self.schedule.time_of(self.lam), DRAWS)).float()
        x0 = torch.from_numpy(self._draw(count, self.seed + 3_000_003)).float()
        eps = WhiteNoise(self.seed, (count, 2)).between(0.0, 2.0)
        x = self.schedule.alpha(t)[:, None] * x0 + self.schedule.sigma(t)[:, None] * eps
        return x, t, self.exact.predict(x, t).eps

    def _draw(self, count: int, seed: int) -> Array:
        return self.dataset.normalisation.apply(self.dataset.draw(count, seed))
