"""Runge-Kutta methods on the probability-flow ODE as it stands, linear part and all."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

import numpy as np

from diffviz.config import Choice
from diffviz.prediction import View
from diffviz.protocols import Array, Schedule
from diffviz.samplers.base import Node, Stage, StagedSampler


class ButcherTableau(NamedTuple):
    """An explicit Runge-Kutta method of S stages: slope i is taken at x + h sum_j a_ij k_j, a share c_i of the step on.

    c: (S,), the first 0. a: row i holds the i weights of the slopes before it. b: (S,) weights of the slopes at the end
    (Hairer, Nørsett and Wanner 1993, section II.1).
    """

    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]


@dataclass(frozen=True)
class ProbabilityFlowRungeKutta(StagedSampler, ABC):
    """An explicit method given by its tableau; every stage is linear in x and in the predictions so far."""

    view: ClassVar[View] = "eps"
    tableau: ClassVar[ButcherTableau]

    variable: Annotated[
        str,
        Choice({"t": "t", "logsnr": "λ"}, label="integrated over", help="The variable whose steps the method takes."),
    ] = "t"

    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """The times a share c of each step on in the chosen variable: (N,) for every inner stage."""
        inner = self.tableau.c[1:]
        if self.variable == "t":
            t = np.array([node.t for node in nodes])
            return [t[:-1] + c * np.diff(t) for c in inner]
        lam = np.array([node.lam for node in nodes])
        return [schedule.time_of(lam[:-1] + c * np.diff(lam)) for c in inner]

    def stages(self, nodes: Sequence[Node]) -> list[Stage]:
        """The tableau multiplied out: points and slopes are rows of coefficients, of x and of each prediction."""
        *starts, end = nodes
        h = self._variable_at(end) - self._variable_at(starts[0])
        rates = [self._rates(node) for node in starts]
        x = np.eye(1, len(rates) + 1)[0]
        slopes: list[Array] = []
        points = []
        for weights in [*self.tableau.a, self.tableau.b]:
            increment = sum((h * w * slope for w, slope in zip(weights, slopes, strict=True)), np.zeros(len(x)))
            point = x + increment
            points.append(point)
            if len(slopes) < len(rates):
                of_x, of_eps = rates[len(slopes)]
                slope = of_x * point
                slope[len(slopes) + 1] += of_eps
                slopes.append(slope)
        return [Stage(float(point[0]), tuple(point[1:].tolist())) for point in points[1:]]  # the first is x itself

    def _variable_at(self, node: Node) -> float:
        return node.t if self.variable == "t" else node.lam

    def _rates(self, node: Node) -> tuple[float, float]:
        """The coefficients of x and eps in dx over the chosen variable, with g² dt = -2 sigma² d lambda."""
        if self.variable == "t":
            return node.f, node.g2 / (2 * node.sigma)
        return -2 * node.f * node.sigma**2 / node.g2, -node.sigma


@dataclass(frozen=True)
class ProbabilityFlowHeun(ProbabilityFlowRungeKutta):
    """The mean of the slopes at both ends of the step."""

    title: ClassVar[str] = "Probability-flow Heun"
    paper: ClassVar[str] = "Song et al. 2021, equation 13, by Heun's method"
    latex: ClassVar[str] = (
        r"x_t=x_s-\tfrac{\Delta}{2}\big(d(x_s,s)+d(\tilde x_t,t)\big),\quad\tilde x_t=x_s-\Delta\,d(x_s,s)"
    )
    order: ClassVar[int] = 2
    cost: ClassVar[int] = 2
    tableau: ClassVar[ButcherTableau] = ButcherTableau(c=(0.0, 1.0), a=((), (1.0,)), b=(1 / 2, 1 / 2))


@dataclass(frozen=True)
class ProbabilityFlowRK3(ProbabilityFlowRungeKutta):
    """Kutta's third-order method: slopes at the start, the middle and the end."""

    title: ClassVar[str] = "Probability-flow RK3"
    paper: ClassVar[str] = "Song et al. 2021, equation 13, by Kutta's third-order method (1901)"
    latex: ClassVar[str] = r"x_t=x_s-\tfrac{\Delta}{6}(d_1+4d_2+d_3)"
    order: ClassVar[int] = 3
    cost: ClassVar[int] = 3
    tableau: ClassVar[ButcherTableau] = ButcherTableau(
        c=(0.0, 1 / 2, 1.0),
        a=((), (1 / 2,), (-1.0, 2.0)),
        b=(1 / 6, 2 / 3, 1 / 6),
    )


@dataclass(frozen=True)
class ProbabilityFlowRK4(ProbabilityFlowRungeKutta):
    """The classical fourth-order method: slopes at the start, twice at the middle, and at the end."""

    title: ClassVar[str] = "Probability-flow RK4"
    paper: ClassVar[str] = "Song et al. 2021, equation 13, by Kutta's fourth-order method (1901)"
    latex: ClassVar[str] = r"x_t=x_s-\tfrac{\Delta}{6}(d_1+2d_2+2d_3+d_4)"
    order: ClassVar[int] = 4
    cost: ClassVar[int] = 4
    tableau: ClassVar[ButcherTableau] = ButcherTableau(
        c=(0.0, 1 / 2, 1 / 2, 1.0),
        a=((), (1 / 2,), (0.0, 1 / 2), (0.0, 0.0, 1.0)),
        b=(1 / 6, 1 / 3, 1 / 3, 1 / 6),
    )
