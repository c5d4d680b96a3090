"""A network that learned the score at one low noise level, and where it is wrong: where there were no data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated

import numpy as np
import torch

from diffviz.config import Config, Range
from diffviz.data import Dataset, HandPlaced, MixtureDataset
from diffviz.experiments.problem import Problem
from diffviz.experiments.score.field import square
from diffviz.objectives.denoising import OneLevelDenoising
from diffviz.objectives.time_samplers import OneLevelTimes
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import Cosine
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import TrainingConfig
from diffviz.training.train import train

SIDE, CELLS, STEPS, BATCH = 19, 48, 300, 512
DENSE = 0.01  # of the highest density, above which a place counts as one where there are data
LEVEL = Range(0.05, 2.0, label="Noise level σ/α", log=True, help="The one level of plain Langevin dynamics.")
UNEVEN = HandPlaced(  # four far apart, one of more than half of the weight
    placed=(
        (6.0, -1.5, 1.5, 0.03, 0.03, 0.0),
        (1.0, 1.5, 1.5, 0.03, 0.03, 0.0),
        (2.0, 1.5, -1.5, 0.03, 0.03, 0.0),
        (1.0, -1.5, -1.5, 0.03, 0.03, 0.0),
    )
)


@lru_cache(maxsize=16)
def learned_at_one_level(dataset: Dataset, level: float) -> LearnedScore:
    """A network trained by denoising score matching at noise level sigma / alpha = `level` alone, remembered."""
    objective = OneLevelDenoising(target="eps", times=OneLevelTimes(lam=-math.log(level)))
    config = TrainingConfig(steps=STEPS, batch=BATCH, decay="cosine", objective=objective)
    return train(dataset, config, 0).model


@dataclass(frozen=True)
class OneLevelConfig(Config):
    """A mixture, and the one noise level at which a network learns its score."""

    mixture: MixtureDataset = field(default_factory=lambda: UNEVEN)
    level: Annotated[float, LEVEL] = 0.2


@dataclass(frozen=True, eq=False)
class OneLevelResult:
    """A network of one level beside the exact score at that level, in normalised units.

    places: (SIDE², 2); exact, learned: (SIDE², 2), sigma · score there. density: (CELLS, CELLS) of q_t over the square.
    error: (CELLS, CELLS), |sigma · (learned - exact)|. where_data, where_empty: its root mean square over q_t, and over
    the cells whose density is below DENSE of the highest.
    """

    config: OneLevelConfig
    places: Array
    exact: Array
    learned: Array
    density: Array
    error: Array
    where_data: float
    where_empty: float


def measure_one_level(config: OneLevelConfig) -> OneLevelResult:
    """Train at one level, and compare with the exact score where there are data and where there are none."""
    problem = Problem(config.mixture, schedule=Cosine())
    mixture, t = problem.mixture, float(problem.schedule.time_of(-np.log(config.level)))
    assert mixture is not None  # every mixture has a closed form
    sigma = float(problem.schedule.sigma(t))
    places, cells = square(SIDE, 0.95), square(CELLS, 1 - 1 / CELLS)
    asked = torch.from_numpy(np.concatenate([places, cells])).float()

    def drawn(model: ScoreModel) -> Array:
        answer: Array = sigma * model.predict(asked, t).score.double().numpy()
        return answer

    exact, learned = drawn(problem.exact), drawn(learned_at_one_level(config.mixture, config.level))
    error = np.linalg.norm((learned - exact)[SIDE**2 :], axis=1)
    density = mixture.at(float(problem.schedule.alpha(t)), sigma).density(torch.from_numpy(cells)).numpy()
    empty = density < DENSE * density.max()
    return OneLevelResult(
        config,
        places,
        exact[: SIDE**2],
        learned[: SIDE**2],
        density.reshape(CELLS, CELLS),
        error.reshape(CELLS, CELLS),
        float(np.sqrt(np.average(error**2, weights=density))),
        float(np.sqrt(np.mean(error[empty] ** 2))),
    )
