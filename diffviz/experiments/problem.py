"""The problem that an experiment works on: data, scores to ask, and fresh data to compare samples with."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, ClassVar

import torch

from diffviz.config import Config, Entry, Range
from diffviz.data import Dataset, GaussianMixture, PreparedData, SwissRoll, prepare
from diffviz.data.density import Density
from diffviz.metrics import Floor, Metric
from diffviz.noise import BrownianPath
from diffviz.pretrained.shapes import LONG_CONFIG, is_shipped, shipped, shipped_alike
from diffviz.properties import cached_property
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.schedules import Cosine, GaussianSchedule
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.learned import LearnedScore
from diffviz.scores.mixture import MixtureScore
from diffviz.training.loop import TrainingConfig, TrainState
from diffviz.training.train import QUICK_CONFIG, train

# From a network for data of the same shape 250 steps come as near to real data as QUICK_CONFIG does from scratch.
ADAPTING_CONFIG = replace(QUICK_CONFIG, steps=250)
BRIEF_CONFIG = TrainingConfig(steps=50, decay="cosine")  # leaves about twice the distance of real data
GROUPS, SIZE = 4, 1_000  # distances are measured on GROUPS independent groups of SIZE particles
_REAL, _FLOOR = 1_000_000, 2_000_000  # seeds of fresh data, apart from those that trained


@dataclass(frozen=True)
class ScoreSource(Entry, ABC):
    """Where a score comes from: what every sampler asks.

    any_schedule: whether the problem's schedule is free to choose; where not, the model brings its own.
    """

    any_schedule: ClassVar[bool] = False

    @property
    def schedule(self) -> GaussianSchedule:
        """That of a model which brings its own."""
        return Cosine()

    def trains(self, problem: Problem) -> bool:
        """Whether a network must be trained first, which takes seconds."""
        return False

    @abstractmethod
    def build(self, problem: Problem) -> ScoreModel:
        """The model for a problem's data and, if it is free to choose, on its schedule."""

    @abstractmethod
    def describe(self, problem: Problem) -> str:
        """One sentence on where the score of a problem comes from."""


@dataclass(frozen=True)
class LearnedSource(ScoreSource):
    """A trained network, always on the cosine schedule: the shipped one for its very data, else one trained here."""

    title: ClassVar[str] = "Learned network"
    paper: ClassVar[str] = "Song et al. 2021, equation 7"
    latex: ClassVar[str] = r"\hat s=-\hat\epsilon_\theta(x_t,t)/\sigma_t"

    def trains(self, problem: Problem) -> bool:
        """For data without a shipped network."""
        return not is_shipped(problem.dataset)

    def build(self, problem: Problem) -> ScoreModel:
        """Shipped, or trained on the spot, in one to three seconds of one core, and remembered."""
        return learned_network(problem.dataset)

    def describe(self, problem: Problem) -> str:
        """Whether it is the shipped one, and how long it was trained."""
        if is_shipped(problem.dataset):
            return f"Shipped, trained for {LONG_CONFIG.steps:,} steps on the cosine schedule."
        start, config = _training(problem.dataset)
        first = "" if start is None else "from the network shipped for this shape, "
        return f"Trained here on the cosine schedule, {first}for {config.steps:,} steps only."


@lru_cache(maxsize=16)
def learned_network(dataset: Dataset) -> LearnedScore:
    """The shipped network for a data set, else one trained here, remembered until `cache_clear`."""
    start, config = _training(dataset)
    return shipped(dataset) or train(dataset, config, 0, start).model


def _training(dataset: Dataset) -> tuple[TrainState | None, TrainingConfig]:
    """What a network for these data starts from, if not from scratch, and how it is trained."""
    start = shipped_alike(dataset)
    return start, QUICK_CONFIG if start is None else ADAPTING_CONFIG


@dataclass(frozen=True)
class BrieflyLearnedSource(ScoreSource):
    """A network that was trained too briefly, on the cosine schedule, so that an error of the model can be seen."""

    title: ClassVar[str] = "Learned briefly"
    paper: ClassVar[str] = "Song et al. 2021, equation 7"
    latex: ClassVar[str] = r"\hat s=-\hat\epsilon_\theta(x_t,t)/\sigma_t"

    def trains(self, problem: Problem) -> bool:
        """Always."""
        return True

    def build(self, problem: Problem) -> ScoreModel:
        """Trained on the spot, in less than a second of one core, and remembered."""
        return briefly_learned_network(problem.dataset)

    def describe(self, problem: Problem) -> str:
        """How briefly it was trained."""
        return f"Trained here for {BRIEF_CONFIG.steps} steps only: too few, so that the network's own error shows."


@lru_cache(maxsize=16)
def briefly_learned_network(dataset: Dataset) -> LearnedScore:
    """A network trained for too few steps, remembered until `cache_clear`."""
    return train(dataset, BRIEF_CONFIG, 0).model


@dataclass(frozen=True)
class ExactSource(ScoreSource):
    """The score that a perfect network would give: of the data's own density, or of the problem's given points."""

    title: ClassVar[str] = "Exact"
    paper: ClassVar[str] = "Karras et al. 2022, equation 57"
    latex: ClassVar[str] = (
        r"s=\frac{\alpha_t\,\mathbb E[x_0\mid x_t]-x_t}{\sigma_t^2},\quad "
        r"q(x_0\mid x_t)\propto q_0(x_0)\,e^{-\lVert x_t-\alpha_t x_0\rVert^2/2\sigma_t^2}"
    )
    any_schedule: ClassVar[bool] = True

    def build(self, problem: Problem) -> ScoreModel:
        """The problem's exact score."""
        return problem.exact

    def describe(self, problem: Problem) -> str:
        """What it is exact for."""
        if problem.mixture is not None:
            return "The closed form of this mixture."
        if problem.density is not None:
            return "Of this shape's own density, noise included."
        return f"Empirical: exact for {problem.points:,} given points, which it can only give back."


SCORE_SOURCES: dict[str, type[ScoreSource]] = {
    "learned": LearnedSource,
    "brief": BrieflyLearnedSource,
    "exact": ExactSource,
}


@dataclass(frozen=True)
class Problem(Config):
    """Data, a schedule, a score to ask, and a seed; everything is in normalised units.

    schedule: of the exact score; a learned one keeps its own. points: how many points are given to train on, and are
    what "exact" is exact for where the data's density is not known; data_seed draws them. seed: of the noise that all
    samplers share, and of the fresh data that samples are compared with. Its `repr` identifies it in cache keys.
    """

    dataset: Dataset = field(default_factory=SwissRoll)
    source: ScoreSource = field(default_factory=LearnedSource)
    schedule: GaussianSchedule = field(default_factory=Cosine)
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the noise that all samplers share.")] = 0
    points: Annotated[int, Range(16, 20_000, label="points", help="Given to train on, and to be exact for.")] = 2_000
    data_seed: Annotated[int, Range(0, 9_999, label="data seed", help="Draws the given points.")] = 0

    @cached_property
    def data(self) -> PreparedData:
        """The given points, normalised, (points, 2)."""
        return prepare(self.dataset, self.points, self.data_seed)

    @property
    def mixture(self) -> GaussianMixture | None:
        """The data as a mixture of a few Gaussians in normalised units, or None."""
        return self.data.mixture

    @property
    def density(self) -> Density | None:
        """The data's own density in normalised units, or None where only points are known."""
        return self.data.density

    @cached_property
    def exact(self) -> ScoreModel:
        """The score of the data's density where it is known, else of the given points, on the problem's schedule."""
        return self.exact_on(self.schedule)

    def exact_on(self, schedule: Schedule) -> ScoreModel:
        """The same on another schedule."""
        if self.density is not None:
            return MixtureScore(schedule, self.density)
        return EmpiricalScore(schedule, torch.tensor(self.data.points, dtype=torch.float32))

    @cached_property
    def model(self) -> ScoreModel:
        """The score that samplers ask, from the problem's own source."""
        return self.source.build(self)

    @cached_property
    def model_float64(self) -> ScoreModel:
        """The same in double precision, for errors that single precision would drown."""
        return self.model.float64() if isinstance(self.model, LearnedScore) else self.model

    @cached_property
    def real(self) -> list[Array]:
        """GROUPS sets of SIZE fresh points, (SIZE, 2) each, that samples are compared with."""
        return [self.draw(SIZE, _REAL + GROUPS * self.seed + k) for k in range(GROUPS)]

    def draw(self, count: int, seed: int) -> Array:
        """Fresh normalised points (count, 2)."""
        return self.dataset.normalisation.apply(self.dataset.draw(count, seed))

    def floor(self, metric: Metric) -> Floor:
        """The distance of other fresh data, SIZE points each, from the very sets that samples are compared with."""
        return self.floor_against(metric, self.real, metric.pairs, _FLOOR)

    def floor_against(self, metric: Metric, sets: Sequence[Array], pairs: int, seed: int) -> Floor:
        """The distance of `pairs` fresh sets of SIZE points, drawn for seed, seed + 2, ..., from `sets` in turn."""
        turns = itertools.cycle(sets)
        return Floor.of(metric(self.draw(SIZE, seed + 2 * k), next(turns)) for k in range(pairs))


def brownian_path(
    schedule: Schedule, shape: tuple[int, ...], seed: int, dtype: torch.dtype = torch.float32
) -> BrownianPath:
    """The Brownian path of a seed over the whole of a schedule, which runs of any step size follow."""
    ends = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
    return BrownianPath(seed, shape, *ends, dtype=dtype)
