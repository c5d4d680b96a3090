"""Runge-Kutta methods on the probability-flow ODE as it stands, linear part and all."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import Choice
from diffviz.prediction import View
from diffviz.protocols import Array, Schedule
from diffviz.samplers.base import Node, Stage, StagedSampler


@dataclass(frozen=True)
class ProbabilityFlowRungeKutta(StagedSampler, ABC):
    """An explicit method given by its tableau; every stage is linear in x and in the answers so far.

    fractions: how far along the step the second, third, … slope is taken. matrix: weights of the slopes that lead to
    them. weights: of the slopes at the end.
    """

    view: ClassVar[View] = "eps"
    fractions: ClassVar[tuple[float, ...]]
    matrix: ClassVar[tuple[tuple[float, ...], ...]]
    weights: ClassVar[tuple[float, ...]]

    variable: Annotated[
        str,
        Choice({"t": "t", "logsnr": "λ"}, label="integrated over", help="The variable whose steps the method takes."),
    ] = "t"

    def inner_times(self, schedule: Schedule, nodes: Sequence[Node]) -> list[Array]:
        """Fractions of the way in the chosen variable."""
        if self.variable == "t":
            t = np.array([node.t for node in nodes])
            return [t[:-1] + c * np.diff(t) for c in self.fractions]
        lam = np.array([node.lam for node in nodes])
        return [schedule.time_of(lam[:-1] + c * np.diff(lam)) for c in self.fractions]

    def stages(self, stops: Sequence[Node]) -> list[Stage]:
        """The tableau, multiplied out: rows hold the coefficients of x and of the answers."""
        rates = [self._rates(node) for node in stops[:-1]]
        h = self._place(stops[-1]) - self._place(stops[0])
        start = np.eye(1, len(rates) + 1)[0]
        slopes: list[Array] = []
        found = []
        for k, weights in enumerate([(), *self.matrix, self.weights]):
            point = start + sum((h * w * slope for w, slope in zip(weights, slopes, strict=True)), np.zeros(len(start)))
            if k:
                found.append(Stage(float(point[0]), tuple(point[1:].tolist())))
            if k < len(rates):
                a, b = rates[k]
                slope = a * point
                slope[k + 1] += b
                slopes.append(slope)
        return found

    def _place(self, node: Node) -> float:
        return node.t if self.variable == "t" else node.lam

    def _rates(self, node: Node) -> tuple[float, float]:
        """a and b of dx = (a x + b eps) in the chosen variable, with g² dt = -2 sigma² d lambda."""
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
    fractions: ClassVar[tuple[float, ...]] = (1.0,)
    matrix: ClassVar[tuple[tuple[float, ...], ...]] = ((1.0,),)
    weights: ClassVar[tuple[float, ...]] = (1 / 2, 1 / 2)


@dataclass(frozen=True)
class ProbabilityFlowRK3(ProbabilityFlowRungeKutta):
    """Kutta's third-order method: slopes at the start, the middle and the end."""

    title: ClassVar[str] = "Probability-flow RK3"
    paper: ClassVar[str] = "Song et al. 2021, equation 13, by Kutta's third-order method (1901)"
    latex: ClassVar[str] = r"x_t=x_s-\tfrac{\Delta}{6}(d_1+4d_2+d_3)"
    order: ClassVar[int] = 3
    cost: ClassVar[int] = 3
    fractions: ClassVar[tuple[float, ...]] = (1 / 2, 1.0)
    matrix: ClassVar[tuple[tuple[float, ...], ...]] = ((1 / 2,), (-1.0, 2.0))
    weights: ClassVar[tuple[float, ...]] = (1 / 6, 2 / 3, 1 / 6)


@dataclass(frozen=True)
class ProbabilityFlowRK4(ProbabilityFlowRungeKutta):
    """The classical fourth-order method."""

    title: ClassVar[str] = "Probability-flow RK4"
    paper: ClassVar[str] = "Song et al. 2021, equation 13, by Kutta's fourth-order method (1901)"
    latex: ClassVar[str] = r"x_t=x_s-\tfrac{\Delta}{6}(d_1+2d_2+2d_3+d_4)"
    order: ClassVar[int] = 4
    cost: ClassVar[int] = 4
    fractions: ClassVar[tuple[float, ...]] = (1 / 2, 1 / 2, 1.0)
    matrix: ClassVar[tuple[tuple[float, ...], ...]] = ((1 / 2,), (0.0, 1 / 2), (0.0, 0.0, 1.0))
    weights: ClassVar[tuple[float, ...]] = (1 / 6, 1 / 3, 1 / 3, 1 / 6)
