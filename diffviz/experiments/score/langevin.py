"""Langevin dynamics at one noise level, and what repairs it: many levels, annealed or as a corrector."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Choice, Config, Range
from diffviz.data import MixtureDataset
from diffviz.estimate import Estimate, standard_error
from diffviz.experiments.frames import shown_frames
from diffviz.experiments.problem import ExactSource, LearnedSource, Problem, learned_network
from diffviz.experiments.score.field import REACH
from diffviz.experiments.score.one_level import LEVEL, UNEVEN, learned_at_one_level
from diffviz.grids import UniformLogSNR
from diffviz.noise import Stream, WhiteNoise, stream
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import AnnealedLangevin, PredictorCorrector, sample
from diffviz.samplers.base import nodes_at
from diffviz.samplers.langevin import STEP, langevin_step
from diffviz.schedules import Cosine

FRAMES, PARTICLES, HONEST = 61, 800, 5
MOVES, ANNEALED_STEP = 6, 0.2  # Langevin moves at every level of the ladder, and their step

SCORES = {"exact": ExactSource, "learned": LearnedSource}


@dataclass(frozen=True)
class LangevinConfig(Config):
    """A mixture, the source of its score, noise level and step of plain Langevin, and the calls that each may make.

    source: of a network, plain Langevin asks one that was trained at its level alone, the others one of all levels.
    """

    mixture: MixtureDataset = field(default_factory=lambda: UNEVEN)
    source: Annotated[
        str,
        Choice.among(
            SCORES, label="Score", help="Learned: at one level alone for plain Langevin, at all for the rest."
        ),
    ] = "exact"
    level: Annotated[float, LEVEL] = 0.2
    step: Annotated[float, replace(STEP, label="Step")] = 0.1
    calls: Annotated[int, Range(20, 500, label="Calls", log=True, help="Of the score, for each of the three.")] = 200
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the starts and of all noise.")] = 0


@dataclass(frozen=True, eq=False)
class LangevinRun:
    """One way to sample: x (F, PARTICLES, 2) at shares (F,) of its calls, counted as nfe.

    weights: (F, K), shares of the particles, each counted for the mode whose mean is nearest. gap: (F,) total variation
    between these and the true weights.
    """

    title: str
    x: Array
    clock: Array
    weights: Array
    gap: Array
    nfe: int


@dataclass(frozen=True, eq=False)
class LangevinResult:
    """Three ways from the same start, spread evenly over the square, in normalised units.

    weights: (K,) the truth. floor: the gap of as many honest draws, on average. data: (2000, 2).
    """

    config: LangevinConfig
    weights: Array
    floor: Estimate
    data: Array
    plain: LangevinRun
    annealed: LangevinRun
    corrected: LangevinRun


def run_langevin(config: LangevinConfig) -> LangevinResult:
    """Plain Langevin at one level, annealed Langevin, and predictor-corrector, of equal cost.

    Song and Ermon 2019, section 3.2.2 (slow mixing between modes), algorithm 1; Song et al. 2021, algorithm 5.
    """
    problem = Problem(config.mixture, schedule=Cosine())
    schedule, mixture = problem.schedule, problem.mixture
    assert mixture is not None  # every mixture has a closed form
    learned = config.source == "learned"
    one = learned_at_one_level(config.mixture, config.level) if learned else problem.exact
    many = learned_network(config.mixture) if learned else problem.exact
    noise = WhiteNoise(config.seed, (PARTICLES, 2))
    start = torch.from_numpy(REACH * stream(config.seed, 0, 0, Stream.WHITE).uniform(-1, 1, (PARTICLES, 2))).float()

    def run(title: str, states: Array, nfe: int) -> LangevinRun:
        kept = shown_frames(len(states), FRAMES)
        shares = np.stack([shares_of_modes(x, mixture.means) for x in states[kept]])
        return LangevinRun(
            title, states[kept], np.array(kept) / (len(states) - 1), shares, _gap(shares, mixture.weights), nfe
        )

    level_time = float(schedule.time_of(-np.log(config.level)))
    plain = _plain_langevin(one, start, level_time, config.step, config.calls, noise)
    annealed, corrector = AnnealedLangevin(moves=MOVES, step=ANNEALED_STEP), PredictorCorrector()
    runs = [run("One level", plain, config.calls)]
    for title, sampler in (("Many levels, annealed", annealed), ("Predictor–corrector", corrector)):
        raise_if_cancelled()
        times = UniformLogSNR().times(schedule, sampler.steps_for(config.calls))
        trajectory = sample(sampler, many, start, times, noise)
        runs.append(run(title, trajectory.x.double().numpy(), trajectory.nfe))
    draws = (mixture.draw(PARTICLES, 1 + k) for k in range(HONEST))
    honest = _gap(np.stack([shares_of_modes(x, mixture.means) for x in draws]), mixture.weights)
    return LangevinResult(
        config, mixture.weights, Estimate(float(honest.mean()), standard_error(honest)), mixture.draw(2_000, 0), *runs
    )


def shares_of_modes(x: Array, means: Array) -> Array:
    """Shares (K,) of places x (n, D), each counted for the nearest of the means (K, D), however far."""
    nearest = np.linalg.norm(x[:, None] - means, axis=-1).argmin(1)
    return np.bincount(nearest, minlength=len(means)) / len(x)


def _gap(shares: Array, weights: Array) -> Array:
    """Total variation (F,) between shares (F, K) and weights (K,)."""
    return np.asarray(np.abs(shares - weights).sum(-1) / 2)


def _plain_langevin(model: ScoreModel, x: Tensor, t: float, step: float, moves: int, noise: WhiteNoise) -> Array:
    """The states (moves + 1, B, 2) of Langevin dynamics at time t, from x as it is."""
    (node,) = nodes_at(model.schedule, np.array([t]))
    states = [x]
    for k in range(moves):
        raise_if_cancelled()
        x = langevin_step(x, node, model.predict(x, t), step, noise.at(node.lam, k))
        states.append(x)
    return torch.stack(states).double().numpy()
