"""How a score network in the plane is judged: its samples, its score field and its error, beside the exact ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from diffviz.data import Dataset
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.grids import UniformLogSNR
from diffviz.metrics import Floor, SlicedWasserstein
from diffviz.networks.targets import radius
from diffviz.noise import WhiteNoise
from diffviz.properties import cached_property
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import DPMSolverPP2M, prior, sample
from diffviz.schedules import GaussianSchedule, time_at
from diffviz.trajectory import Trajectory

TRAINED_ON = 8_000
SAMPLES, STEPS = 1_000, 20
FRESH = 4_000  # points that samples are compared with
PAIRS = 25  # draws of other fresh points whose distance is the floor
SHOWN = 800  # data points drawn, of those trained on
SIDE = 17  # arrows a side
LEVELS, DRAWS = 16, 64  # noise levels at which the error is measured, and points at each
KEPT_BYTES = 2 << 20  # of what stands still at a time, remembered for each problem: every place of a slider
_FRESH, _FLOOR, _ERROR = 1_000_003, 2_000_003, 3_000_003  # seeds apart from those of the training points


def learning_problem(dataset: Dataset, schedule: GaussianSchedule, seed: int) -> Problem:
    """The problem of a network that learns: `seed` draws its training points and the noise."""
    return Problem(dataset, ExactSource(), schedule, seed, points=TRAINED_ON, data_seed=seed)


@dataclass(frozen=True, eq=False)
class Evaluator:
    """Judges a network on a problem, always on the same noise and the same fresh points.

    Everything is in normalised units; fields are taken over x_t / sqrt(alpha² + sigma²), which is of unit scale on
    every schedule. The fresh points come from another seed than those trained on.
    """

    problem: Problem

    @cached_property
    def fresh(self) -> Array:
        """Points (FRESH, 2) that the network never saw."""
        return self.problem.draw(FRESH, self.problem.seed + _FRESH)

    @cached_property
    def floor(self) -> Floor:
        """Sliced W2 of other fresh points, as many as there are samples, from the fresh ones."""
        return self.problem.floor_against(SlicedWasserstein(), [self.fresh], PAIRS, self.problem.seed + _FLOOR)

    @cached_property
    def reach(self) -> float:
        """Half the side of the square that shows all data but stray points."""
        return float(max(2.6, 1.15 * np.quantile(np.abs(self.problem.data.points), 0.995)))

    @cached_property
    def places(self) -> Array:
        """Where the fields are taken, (SIDE², 2)."""
        line = np.linspace(-0.93, 0.93, SIDE) * self.reach
        return np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)

    @cached_property
    def lam(self) -> Array:
        """The noise levels of the error curve, (LEVELS,), rising."""
        schedule = self.problem.schedule
        low, high = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
        return low + (high - low) * (np.arange(LEVELS) + 0.5) / LEVELS

    @cached_property
    def setting(self) -> Setting:
        """What stands still in every picture of the network."""
        problem = self.problem
        title, closed = type(problem.dataset).title, problem.density is not None
        data, places = problem.data.points, self.places
        return Setting(title, closed, len(data), data[:SHOWN], places, self.reach, self.lam, self.floor)

    def time(self, share: float) -> float:
        """The time at a share of the schedule's range: 0 is data, 1 is noise."""
        return time_at(self.problem.schedule, share)

    def noised(self, t: float) -> Array:
        """The shown data points at time t at unit scale, (SHOWN, 2), with the same noise at every t."""
        alpha, sigma = self._levels(t)
        eps = WhiteNoise(self.problem.seed, (SHOWN, 2), torch.float64).between(0.0, 1.0).numpy()
        return (alpha * self.problem.data.points[:SHOWN] + sigma * eps) / radius(alpha, sigma)

    def field(self, model: ScoreModel, t: float) -> Array:
        """sigma times the score at `places`, (SIDE², 2)."""
        x = torch.from_numpy(self.places * radius(*self._levels(t))).float()
        return (-model.predict(x, t).eps).double().numpy()

    def fields(self, learned: Array, times: Sequence[float]) -> Fields:
        """A learned field (F, SIDE², 2) beside the exact one at the same times (F,), over the noised data."""
        frames = times if len(set(times)) > 1 else times[:1]
        exact, noised = map(np.stack, zip(*map(self.standing, frames), strict=True))
        return Fields(tuple(times), learned, exact, noised)

    @cached_property
    def standing(self) -> Callable[[float], tuple[Array, Array]]:
        """The exact field and the noised data at a time, which no step of training changes: computed once a time."""
        one = 2 * (SIDE**2 + SHOWN) * np.dtype(np.float64).itemsize
        return lru_cache(KEPT_BYTES // one)(lambda t: (self.field(self.problem.exact, t), self.noised(t)))

    def run(self, model: ScoreModel) -> Trajectory:
        """Samples from the same noise each time, by DPM-Solver++ 2M in STEPS calls."""
        noise = WhiteNoise(self.problem.seed, (SAMPLES, 2))
        times = UniformLogSNR().times(self.problem.schedule, STEPS)
        return sample(DPMSolverPP2M(), model, prior(self.problem.schedule, noise), times, noise)

    def error(self, model: ScoreModel) -> Array:
        """E |eps_theta - eps*|² at each level of `lam`, (LEVELS,), over noised data, always the same."""
        x, t, exact_eps = self._noised_data
        squared = (model.predict(x, t).eps - exact_eps).square().sum(1)
        error: Array = squared.reshape(LEVELS, DRAWS).mean(1).double().numpy()
        return error

    @cached_property
    def _noised_data(self) -> tuple[Tensor, Tensor, Tensor]:
        problem, count = self.problem, LEVELS * DRAWS
        t = torch.from_numpy(np.repeat(problem.schedule.time_of(self.lam), DRAWS)).float()
        x0 = torch.from_numpy(problem.draw(count, problem.seed + _ERROR)).float()
        eps = WhiteNoise(problem.seed, (count, 2)).between(0.0, 2.0)
        x = problem.schedule.alpha(t)[:, None] * x0 + problem.schedule.sigma(t)[:, None] * eps
        return x, t, problem.exact.predict(x, t).eps

    def _levels(self, t: float) -> tuple[float, float]:
        return float(self.problem.schedule.alpha(t)), float(self.problem.schedule.sigma(t))


@dataclass(frozen=True, eq=False)
class Setting:
    """What stands still while a network learns. title: of the data. closed: whether the exact score is the data's own.

    trained_on: how many points. data: (SHOWN, 2) of them. places: (SIDE², 2) of the arrows. reach: half the picture's
    side. lam: (LEVELS,). floor: sliced W2 of real data from real data.
    """

    title: str
    closed: bool
    trained_on: int
    data: Array
    places: Array
    reach: float
    lam: Array
    floor: Floor


@dataclass(frozen=True, eq=False)
class Fields:
    """sigma times the score at F times t, (F, SIDE², 2), learned and exact, over noised data (F, SHOWN, 2).

    Where all times are one, the exact field and the data have one frame.
    """

    t: tuple[float, ...]
    learned: Array
    exact: Array
    noised: Array
