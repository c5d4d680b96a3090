"""The one contract of every sampler: a generator of visited nodes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from torch import Tensor

from diffviz.config import ConfigError, Entry
from diffviz.noise import Noise
from diffviz.prediction import Array, Schedule, ScoreModel
from diffviz.scores.counted import CountedScore
from diffviz.trajectory import Step, Trajectory


class Node(NamedTuple):
    """One time of a grid with everything a solver's coefficients are made of, as float64 numbers."""

    t: float
    alpha: float
    sigma: float
    lam: float
    f: float
    g2: float


def nodes(schedule: Schedule, grid: Array) -> list[Node]:
    """The grid's nodes (N + 1); the grid must fall and lie within the schedule."""
    if len(grid) < 2 or not (grid[:-1] > grid[1:]).all():
        raise ConfigError("A sampler's grid needs at least two times that fall.")
    columns = (
        grid,
        schedule.alpha(grid),
        schedule.sigma(grid),
        schedule.lam(grid),
        schedule.f(grid),
        schedule.g2(grid),
    )
    return [Node(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]


@dataclass(frozen=True)
class Sampler(Entry, ABC):
    """Turns noise at t_max into data at t_min; its fields are its configuration.

    order: declared order of convergence on the probability flow (deterministic) or in law (stochastic); a test measures
    it. cost: model calls a step, for planning only; what is shown is counted. stochastic: whether noise is drawn.
    """

    order: ClassVar[int] = 1
    cost: ClassVar[int] = 1

    @property
    def stochastic(self) -> bool:
        """Whether noise is drawn on the way."""
        return False

    @abstractmethod
    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Yield the state (B, *D) at every time of `grid` (N + 1, falling), from the given x at grid[0]."""

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, nfe // self.cost)


class Move(NamedTuple):
    """x' = x · state + answer · D + past · D_before + noise · z, all float64 numbers."""

    state: float
    answer: float
    noise: float = 0.0
    past: float = 0.0


@dataclass(frozen=True)
class LinearSampler(Sampler, ABC):
    """One call a step, then a linear update: a subclass only says with which numbers.

    view: which view of the answer D is, "x0" or "eps".
    """

    view: ClassVar[str] = "x0"

    @abstractmethod
    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """One move for each pair of neighbouring nodes."""

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Ask, yield, move."""
        stops = nodes(model.schedule, grid)
        before = None
        for here, there, move in zip(stops[:-1], stops[1:], self.moves(stops), strict=True):
            prediction = model.predict(x, here.t)
            yield Step(here.t, x, prediction)
            answer: Tensor = getattr(prediction, self.view)
            x = (move.state * x).add_(answer, alpha=move.answer)
            if move.past:
                assert before is not None
                x.add_(before, alpha=move.past)
            if move.noise:
                x.add_(noise.between(here.lam, there.lam), alpha=move.noise)
            before = answer
        yield Step(stops[-1].t, x, None)


def sample(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Trajectory:
    """Run a sampler and keep what it visited, with the calls counted around the model."""
    counted = CountedScore(model)
    t, states, x0 = Trajectory.collect(sampler.visit(counted, x, grid, noise))
    return Trajectory(t, states, x0, counted.nfe)


def prior(schedule: Schedule, noise: Noise) -> Tensor:
    """Where sampling starts: sigma(t_max) times the noise's initial normals, (B, *D)."""
    return schedule.sigma(schedule.t_max) * noise.initial()


def step_spread(here: Node, there: Node) -> float:
    """sqrt(1 - e^{-2h}), the share of sigma_t that the posterior q(x_t | x_s, x_0) leaves open."""
    return math.sqrt(-math.expm1(-2 * (there.lam - here.lam)))
