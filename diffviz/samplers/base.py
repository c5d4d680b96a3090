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
from diffviz.prediction import View
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
    """The nodes of any times (N,), in their order."""
    columns = (
        times,
        schedule.alpha(times),
        schedule.sigma(times),
        schedule.lam(times),
        schedule.f(times),
        schedule.g2(times),
    )
    return list(map(Node._make, zip(*(c.tolist() for c in columns), strict=True)))


def grid_nodes(schedule: Schedule, grid: Array) -> list[Node]:
    """The nodes of a grid (N + 1,) that falls, or rises for a flow followed to noise; `ConfigError` for another.

    Lambda must do the opposite: two times at one noise level make a step of no length, by which updates divide.
    """
    directions = np.sign(np.diff(grid))
    if len(grid) < 2 or not directions[0] or not (directions == directions[0]).all():
        raise ConfigError("A sampler's grid needs at least two times, all falling or all rising.")
    if not (np.sign(np.diff(schedule.lam(grid))) == -directions).all():
        raise ConfigError("Every time of a sampler's grid needs a noise level of its own, within the schedule's range.")
    return nodes_at(schedule, grid)


@dataclass(frozen=True)
class Sampler(Entry, ABC):
    """Turns noise at t_max into data at t_min; its fields are its configuration.

    Its abilities are declared, and tests measure them. order: of convergence in the number of steps, on the probability
    flow (deterministic) or in law (stochastic); None for methods whose steps alone do not bring them to the data. cost:
    model calls a step, for planning only; what is shown is counted. gridded: whether the given grid's times are the
    ones visited. adaptive: whether a tolerance in place of the grid decides how many steps are taken. memoryless:
    whether a step depends only on the state at its start, so that a run that is cut at a node and started again there
    goes on the same, and a step can be judged alone. measures: whether it is to be `fitted` before it runs. view: the
    view of the model's prediction that its update is written in, "x0" or "eps". noise_parameters: the fields that say
    how much noise is drawn and when; at their defaults, whatever the others are, a deterministic sampler stays so.
    """

    order: ClassVar[int | None] = 1
    cost: ClassVar[int] = 1
    gridded: ClassVar[bool] = True
    adaptive: ClassVar[bool] = False
    memoryless: ClassVar[bool] = True
    measures: ClassVar[bool] = False
    view: ClassVar[View] = "x0"
    noise_parameters: ClassVar[tuple[str, ...]] = ()

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
    """x_t = state · x_s + prediction · D + sum_k past[k] · D_k + noise · z, all float64 numbers.

    D is what the model predicts at the step's start s, in some view; D_0 is the prediction before it, D_1 the one
    before that; z is standard normal.
    """

    state: float
    prediction: float
    noise: float = 0.0
    past: tuple[float, ...] = ()

    def in_view(self, view: View, start: Node) -> Move:
        """The same move from `start` with D in `view` in place of the other one, by x = alpha x_0 + sigma eps.

        Only a move without `past` has one: earlier predictions were made at other nodes.
        """
        if view == "eps":  # x_0 = (x - sigma eps) / alpha
            divisor, factor = start.alpha, start.sigma
        else:  # eps = (x - alpha x_0) / sigma
            divisor, factor = start.sigma, start.alpha
        return Move(self.state + self.prediction / divisor, -self.prediction * factor / divisor, self.noise)


OTHER_VIEW: dict[View, View] = {"x0": "eps", "eps": "x0"}


def scalar_tensors(numbers: Sequence[float], x: Tensor) -> tuple[Tensor, ...]:
    """Numbers as tensors without axes, of x's type: a product with one costs half as much as with a Python number."""
    return torch.tensor(numbers, dtype=x.dtype, device=x.device).unbind()


def _with_tensors(moves: Sequence[Move], x: Tensor) -> list[tuple[Move, Tensor]]:
    """Each move with its `state` as a tensor."""
    return list(zip(moves, scalar_tensors([move.state for move in moves], x), strict=True))


@dataclass(frozen=True)
class LinearSampler(Sampler, ABC):
    """One call a step, then an update linear in x and in the prediction's `view`: a subclass only says the numbers."""

    @abstractmethod
    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """One move for each pair of neighbouring nodes (N + 1): N of them."""

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Call the model at every node but the last, and move on.

        Where no move needs an earlier prediction, the view that the model gives without arithmetic is used.
        """
        nodes = grid_nodes(model.schedule, grid)
        moves = self.moves(nodes)
        plans = {self.view: _with_tensors(moves, x)}
        other, multistep = OTHER_VIEW[self.view], any(move.past for move in moves)
        past: deque[Tensor] = deque(maxlen=2)  # newest first
        for k, (s, t) in enumerate(pairwise(nodes)):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            view = self.view if multistep or prediction.has(self.view) else other
            if view not in plans:
                in_other = [move.in_view(other, node) for move, node in zip(moves, nodes, strict=False)]
                plans[other] = _with_tensors(in_other, x)
            move, state = plans[view][k]
            predicted = prediction.in_view(view)
            x = x.mul(state).add_(predicted, alpha=move.prediction)
            if move.past:
                for weight, earlier in zip(move.past, past, strict=False):
                    x.add_(earlier, alpha=weight)
            if move.noise:
                x.add_(noise.between(s.lam, t.lam), alpha=move.noise)
            past.appendleft(predicted)
        yield Step(nodes[-1].t, x, None)


class Stage(NamedTuple):
    """A point inside a step, or its end: state · x_s + sum_k predictions[k] · D_k, with D_0, D_1, … of this step."""

    state: float
    predictions: tuple[float, ...]

    def reach(self, x: Tensor, predictions: Iterable[Tensor], state: Tensor) -> Tensor:
        """The point (B, *D), from the step's start x and the predictions so far; `state` is the number as a tensor."""
        point = x.mul(state)
        for weight, predicted in zip(self.predictions, predictions, strict=False):
            if weight:
                point.add_(predicted, alpha=weight)
        return point


@dataclass(frozen=True)
class StagedSampler(Sampler, ABC):
    """Several calls a step, at points inside it, then a linear update (a one-step, or singlestep, method)."""

    @abstractmethod
    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """Where the second, third, … call of every step is made: (N,) times each."""

    @abstractmethod
    def stages(self, nodes: Sequence[Node]) -> list[Stage]:
        """For one step: the points of its further calls, then its end. nodes: its start, the inner ones, its end."""

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Call the model at every node and at each inner point of the step that begins there."""
        nodes = grid_nodes(model.schedule, grid)
        steps = len(nodes) - 1
        columns = [nodes_at(model.schedule, times) for times in self.inner_times(model.schedule, nodes)]
        inner = [[] if self.first_order(k, steps) else [column[k] for column in columns] for k in range(steps)]
        plans = [self.stages([nodes[k], *inner[k], nodes[k + 1]]) for k in range(steps)]
        states = iter(scalar_tensors([stage.state for plan in plans for stage in plan], x))
        for s, inner_nodes, (*inner_stages, end) in zip(nodes, inner, plans, strict=False):
            prediction = model.predict(x, s.t)
            yield Step(s.t, x, prediction)
            predictions = [prediction.in_view(self.view)]
            for node, stage in zip(inner_nodes, inner_stages, strict=True):
                point = stage.reach(x, predictions, next(states))
                predictions.append(model.predict(point, node.t).in_view(self.view))
            x = end.reach(x, predictions, next(states))
        yield Step(nodes[-1].t, x, None)

    def first_order(self, step: int, steps: int) -> bool:
        """Whether step 0, 1, … of `steps` calls the model once only, at its start."""
        return False


def sample(sampler: Sampler, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Trajectory:
    """Run a sampler from x (B, *D) at grid[0] and keep what it visited, with the calls counted around the model.

    Raises `ConfigError` for a grid whose times do not fall.
    """
    if not (np.diff(grid) < 0).all():
        raise ConfigError("Sampling needs a grid whose times fall.")
    counted = CountedScore(model)
    t, states, x0 = Trajectory.collect(sampler.visit(counted, x, grid, noise))
    return Trajectory(t, states, x0, counted.nfe)


def prior(schedule: Schedule, noise: Noise) -> Tensor:
    """Where sampling starts: sigma(t_max) times the noise's initial normals, (B, *D)."""
    return schedule.sigma(schedule.t_max) * noise.initial()


def posterior_spread(s: Node, t: Node) -> float:
    """sqrt(1 - e^{-2h}): the standard deviation of q(x_t | x_s, x_0) over sigma_t, and of q(x_s | x_t) over sigma_s.

    h = lambda_t - lambda_s, for a step from s to the less noisy t.
    """
    return math.sqrt(-math.expm1(-2 * (t.lam - s.lam)))
