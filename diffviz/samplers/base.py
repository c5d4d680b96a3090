"""The one contract of every sampler: a generator of visited nodes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError, Entry
from diffviz.protocols import Array, Noise, Schedule, ScoreModel
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


def nodes_at(schedule: Schedule, times: Array) -> list[Node]:
    """The nodes of any times (N,)."""
    columns = (
        times,
        schedule.alpha(times),
        schedule.sigma(times),
        schedule.lam(times),
        schedule.f(times),
        schedule.g2(times),
    )
    return list(map(Node._make, zip(*(c.tolist() for c in columns), strict=True)))


def nodes(schedule: Schedule, grid: Array) -> list[Node]:
    """The grid's nodes (N + 1); its times must fall, or rise for a flow that is followed towards noise."""
    ways = np.sign(np.diff(grid))
    if len(grid) < 2 or not ways[0] or not (ways == ways[0]).all():
        raise ConfigError("A sampler's grid needs at least two times, all falling or all rising.")
    return nodes_at(schedule, grid)


@dataclass(frozen=True)
class Sampler(Entry, ABC):
    """Turns noise at t_max into data at t_min; its fields are its configuration.

    order: declared order of convergence in the number of steps, on the probability flow (deterministic) or in law
    (stochastic); a test measures it; None for methods whose steps alone do not bring them to the data. cost: model
    calls a step, for planning only; what is shown is counted. gridded: whether the given grid's times are the ones
    visited. measures: whether it is to be `fitted` before it runs. adaptive: whether it chooses its steps by itself,
    within a `tolerance`. memoryless: whether a step depends on nothing but the state at its start, so that it can be
    judged alone.
    """

    order: ClassVar[int | None] = 1
    cost: ClassVar[int] = 1
    gridded: ClassVar[bool] = True
    measures: ClassVar[bool] = False
    adaptive: ClassVar[bool] = False
    memoryless: ClassVar[bool] = True

    @property
    def stochastic(self) -> bool:
        """Whether noise is drawn on the way."""
        return False

    @abstractmethod
    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Yield the state (B, *D) at every time of `grid` (N + 1, falling), from the given x at grid[0]."""

    def calls(self, steps: int) -> int:
        """The model calls that `steps` steps are planned to cost."""
        return steps * self.cost

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, nfe // self.cost)

    def fitted(self, model: ScoreModel, points: Tensor, seed: int) -> Self:
        """This sampler, having measured on data points (n, *D) what it must know of the model; most need nothing."""
        return self


class Move(NamedTuple):
    """x' = x · state + answer · D + sum_k past[k] · D_k + noise · z, all float64 numbers.

    D is the answer at the step's start, D_0 the one before it, D_1 the one before that.
    """

    state: float
    answer: float
    noise: float = 0.0
    past: tuple[float, ...] = ()

    def told(self, view: str, node: Node) -> Move:
        """The same move at `node`, without memory, with D told in the other view: x = alpha x_0 + sigma eps."""
        mine, others = (node.alpha, node.sigma) if view == "eps" else (node.sigma, node.alpha)
        return Move(self.state + self.answer / mine, -self.answer * others / mine, self.noise)


OTHER = {"x0": "eps", "eps": "x0"}


def scales(numbers: Sequence[float], x: Tensor) -> tuple[Tensor, ...]:
    """Numbers as tensors without axes, of x's type: a product with one costs half as much as with a Python number."""
    return torch.tensor(numbers, dtype=x.dtype, device=x.device).unbind()


def _scaled(moves: Sequence[Move], x: Tensor) -> list[tuple[Move, Tensor]]:
    return list(zip(moves, scales([move.state for move in moves], x), strict=True))


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
        """Ask, yield, move; without memory, in whichever view the model answers."""
        stops = nodes(model.schedule, grid)
        moves = self.moves(stops)
        plans = {self.view: _scaled(moves, x)}
        other, memory = OTHER[self.view], any(move.past for move in moves)
        before: deque[Tensor] = deque(maxlen=2)
        for k, (here, there) in enumerate(pairwise(stops)):
            prediction = model.predict(x, here.t)
            yield Step(here.t, x, prediction)
            view = self.view if memory or prediction.has(self.view) else other
            if view not in plans:
                plans[other] = _scaled([move.told(other, node) for move, node in zip(moves, stops, strict=False)], x)
            move, scale = plans[view][k]
            answer: Tensor = getattr(prediction, view)
            x = x.mul(scale).add_(answer, alpha=move.answer)
            if move.past:
                for weight, old in zip(move.past, before, strict=False):
                    x.add_(old, alpha=weight)
            if move.noise:
                x.add_(noise.between(here.lam, there.lam), alpha=move.noise)
            before.appendleft(answer)
        yield Step(stops[-1].t, x, None)


class Stage(NamedTuple):
    """A point inside a step, or its end: x · state + sum_k answers[k] · D_k, with D_0, D_1, … asked in this step."""

    state: float
    answers: tuple[float, ...]

    def reach(self, x: Tensor, answers: Iterable[Tensor], scale: Tensor) -> Tensor:
        """The point, from the step's start x; `scale` is `state` as a tensor."""
        point = x.mul(scale)
        for weight, answer in zip(self.answers, answers, strict=False):
            if weight:
                point.add_(answer, alpha=weight)
        return point


@dataclass(frozen=True)
class StagedSampler(Sampler, ABC):
    """Several calls a step, at points inside it, then a linear update (a one-step, or singlestep, method).

    view: which view of the answers D_k is.
    """

    view: ClassVar[str] = "x0"

    @abstractmethod
    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """Where the second, third, … call of every step is made: (N,) times each."""

    @abstractmethod
    def stages(self, stops: Sequence[Node]) -> list[Stage]:
        """For one step: the points of its further calls, then its end. stops: its start, the inner nodes, its end."""

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Ask at the node and at each inner point, then move."""
        stops = nodes(model.schedule, grid)
        steps = len(stops) - 1
        inner = [nodes_at(model.schedule, times) for times in self.inner_times(model.schedule, stops)]
        points = [[] if self.single(i, steps) else [column[i] for column in inner] for i in range(steps)]
        plans = [self.stages([stops[i], *points[i], stops[i + 1]]) for i in range(steps)]
        scale = iter(scales([stage.state for plan in plans for stage in plan], x))
        for here, asked, (*ghosts, end) in zip(stops, points, plans, strict=False):
            prediction = model.predict(x, here.t)
            yield Step(here.t, x, prediction)
            answers: list[Tensor] = [getattr(prediction, self.view)]
            for point, stage in zip(asked, ghosts, strict=True):
                answers.append(getattr(model.predict(stage.reach(x, answers, next(scale)), point.t), self.view))
            x = end.reach(x, answers, next(scale))
        yield Step(stops[-1].t, x, None)

    def single(self, step: int, steps: int) -> bool:
        """Whether a step asks once only."""
        return False


def sample(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Trajectory:
    """Run a sampler and keep what it visited, with the calls counted around the model; the grid must fall."""
    if not (np.diff(grid) < 0).all():
        raise ConfigError("Sampling needs a grid whose times fall.")
    counted = CountedScore(model)
    t, states, x0 = Trajectory.collect(sampler.visit(counted, x, grid, noise))
    return Trajectory(t, states, x0, counted.nfe)


def prior(schedule: Schedule, noise: Noise) -> Tensor:
    """Where sampling starts: sigma(t_max) times the noise's initial normals, (B, *D)."""
    return schedule.sigma(schedule.t_max) * noise.initial()


def step_spread(here: Node, there: Node) -> float:
    """sqrt(1 - e^{-2h}), the share of sigma_t that the posterior q(x_t | x_s, x_0) leaves open."""
    return math.sqrt(-math.expm1(-2 * (there.lam - here.lam)))
