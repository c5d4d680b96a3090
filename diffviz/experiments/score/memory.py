"""Memorise or generalise: samples of the exact empirical score, of a trained network and of the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, Range
from diffviz.data import MixtureDataset, Ring
from diffviz.estimate import Estimate, share_error
from diffviz.experiments.problem import Problem
from diffviz.grids import UniformLogSNR
from diffviz.networks import MLP
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import DDIM, prior, sample
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

SAMPLES, STEPS, FRESH = 600, 40, 40_000  # samples of each, steps of DDIM, seed of the fresh sample
TRAINING, BATCH = 500, 256
NEAR = 0.1
WIDTH = Range(8, 96, label="Width of the network", log=True, help="Units of each of its three hidden layers.")


@dataclass(frozen=True)
class MemoryConfig(Config):
    """How many points there are to learn from, and how large the network is that learns."""

    mixture: MixtureDataset = field(default_factory=Ring)
    points: Annotated[
        int, Range(5, 2000, label="Training points", log=True, help="All that the score may be learned from.")
    ] = 20
    width: Annotated[int, WIDTH] = 64
    seed: Annotated[int, Range(0, 99, label="Seed", help="Draws points, first weights and noise.")] = 0


@dataclass(frozen=True, eq=False)
class MemoryLane:
    """What one score makes of the same noise: x (N+1, SAMPLES, 2), and how far each sample ends from a training point.

    nearest: (SAMPLES,).
    """

    title: str
    x: Array
    nearest: Array

    def copied(self, near: float) -> Estimate:
        """The share of samples that end nearer than that to a training point."""
        share = float((self.nearest < near).mean())
        return Estimate(share, share_error(share, len(self.nearest)))


@dataclass(frozen=True, eq=False)
class MemoryResult:
    """Three scores on the same noise, in normalised units.

    t: (N+1,). data: (points, 2). fresh: (SAMPLES,), distances of fresh data from the nearest training point, of which a
    share NEAR is smaller than `near`. parameters: of the network.
    """

    config: MemoryConfig
    t: Array
    data: Array
    empirical: MemoryLane
    learned: MemoryLane
    truth: MemoryLane
    fresh: Array
    parameters: int

    @property
    def near(self) -> float:
        """Nearer to a training point than this only a share NEAR of fresh data lies."""
        return float(np.quantile(self.fresh, NEAR))


def measure_memory(config: MemoryConfig) -> MemoryResult:
    """Train on the points alone, sample all three by DDIM, and measure distances to the nearest training point."""
    problem = Problem(config.mixture, schedule=Cosine())
    schedule, data = problem.schedule, problem.draw(config.points, config.seed)
    noise = WhiteNoise(config.seed, (SAMPLES, 2))
    times = UniformLogSNR().times(schedule, STEPS)
    start = prior(schedule, noise)
    network, parameters = trained_on(data, config.width, config.seed)

    def lane(title: str, model: ScoreModel) -> MemoryLane:
        raise_if_cancelled()
        x = sample(DDIM(), model, start, times, noise).x.double().numpy()
        return MemoryLane(title, x, nearest_distance(x[-1], data))

    return MemoryResult(
        config,
        times,
        data,
        lane("Exact score of points", EmpiricalScore(schedule, torch.from_numpy(data).float())),
        lane("Trained network", network),
        lane("True mixture", problem.exact),
        nearest_distance(problem.draw(SAMPLES, FRESH + config.seed), data),
        parameters,
    )


def trained_on(data: Array, width: int, seed: int) -> tuple[ScoreModel, int]:
    """A network of that width trained briefly on the points (N, 2) alone, and its number of weights."""
    settings = TrainingConfig(steps=TRAINING, batch=BATCH, decay="cosine", network=MLP(width=width))
    state, weights = TrainState(settings, (2,), seed), None
    for progress in training_steps(settings, data, seed):
        raise_if_cancelled(progress.step / progress.steps)
        weights = progress.weights
    assert weights is not None  # there is at least one step
    return state.load(weights), weights.numel()


def nearest_distance(samples: Array, data: Array) -> Array:
    """Distance of each sample (n, 2) to the nearest of the data (N, 2): (n,)."""
    return np.asarray(np.linalg.norm(samples[:, None] - data[None], axis=-1).min(1))
