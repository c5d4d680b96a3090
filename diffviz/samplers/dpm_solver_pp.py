"""DPM-Solver++: exponential integrators on the denoised prediction, singlestep (S) and multistep (M)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import Flag
from diffviz.samplers.base import LinearSampler, Move, Node
from diffviz.samplers.singlestep import SecondOrder, ThirdOrder


def _gain(t: Node, h: float) -> float:
    """-alpha_t (e^{-h} - 1): the weight at t of a denoised point held still over a step of h in lambda."""
    return -t.alpha * math.expm1(-h)


@dataclass(frozen=True)
class DPMSolverPP1(LinearSampler):
    """The linear part solved exactly, the denoised point held still over the step: the same as DDIM with eta = 0."""

    title: ClassVar[str] = "DPM-Solver++(1)"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), equation 9 with k = 1"
    latex: ClassVar[str] = r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\,\hat x_0(x_s)"

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """x_t = (sigma_t / sigma_s) x_s - alpha_t (e^{-h} - 1) x_0, for every step."""
        return [Move(t.sigma / s.sigma, _gain(t, t.lam - s.lam)) for s, t in pairwise(nodes)]


@dataclass(frozen=True)
class DPMSolverPP2S(SecondOrder):
    """One more call inside the step gives the slope of the denoised point in lambda."""

    title: ClassVar[str] = "DPM-Solver++ 2S"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), algorithm 1"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\Big[\big(1-\tfrac1{2r}\big)\hat x_0(x_s)"
        r"+\tfrac1{2r}\hat x_0(x_u)\Big],\quad\lambda_u=\lambda_s+rh"
    )


@dataclass(frozen=True)
class DPMSolverPP3S(ThirdOrder):
    """Two more calls inside the step; order 3 needs r₂ = 2/3, as the last call alone gives the curvature."""

    title: ClassVar[str] = "DPM-Solver++ 3S"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), algorithm 2, on the denoised point (2022b, proposition 4.1)"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\,\hat x_0(x_s)"
        r"+\tfrac{\alpha_t}{r_2}\Big(\tfrac{e^{-h}-1}{h}+1\Big)\big(\hat x_0(x_{u_2})-\hat x_0(x_s)\big)"
    )


@dataclass(frozen=True)
class DPMSolverPP2M(LinearSampler):
    """x_0 extrapolated in lambda from this prediction and the one before; the linear part is solved exactly.

    The first step has no prediction before it and is of order 1 (DDIM).
    """

    title: ClassVar[str] = "DPM-Solver++ 2M"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), algorithm 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\Big[\big(1+\tfrac{1}{2r}\big)\hat x_0"
        r"-\tfrac{1}{2r}\hat x_0^{\,\mathrm{prev}}\Big],\quad r=h_{\mathrm{prev}}/h"
    )
    order: ClassVar[int] = 2
    memoryless: ClassVar[bool] = False

    lower_order_final: Annotated[
        bool,
        Flag(label="first order at the end", help="The last step uses one prediction: steadier at few steps."),
    ] = False

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """Of order 1 in the first step, then of order 2."""
        steps = [t.lam - s.lam for s, t in pairwise(nodes)]
        moves = []
        for i, (s, t) in enumerate(pairwise(nodes)):
            gain = _gain(t, steps[i])
            if i == 0 or (self.lower_order_final and i == len(steps) - 1):
                moves.append(Move(t.sigma / s.sigma, gain))
            else:
                moves.append(
                    multistep_update(
                        t.sigma / s.sigma, gain, 0.0, linear_difference_weights(gain / 2, steps[i - 1 : i + 1])
                    )
                )
        return moves


@dataclass(frozen=True)
class DPMSolverPP3M(LinearSampler):
    """x_0 extrapolated in lambda by a parabola through the last three predictions.

    Public code multiplies half the second difference by the coefficient of the whole one, which leaves order 2;
    `halved` does so too. At few steps that is often no worse.
    """

    title: ClassVar[str] = "DPM-Solver++ 3M"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), equation 9 with k = 3 by differences"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\hat x_0+\alpha_t\varphi_2D_1+\alpha_t\varphi_3D_2,"
        r"\quad\varphi_2=1+\tfrac{e^{-h}-1}{h},\ \varphi_3=\tfrac12-\tfrac{\varphi_2}{h}"
    )
    order: ClassVar[int] = 3
    memoryless: ClassVar[bool] = False

    lower_order_final: Annotated[
        bool, Flag(label="lower order at the end", help="The last step uses one prediction, the one before it two.")
    ] = False
    halved: Annotated[
        bool, Flag(label="halved, as in public code", help="Half the second difference: order 2 instead of 3.")
    ] = False

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """Of order 1 in the first step, 2 in the second, then 3."""
        steps = [t.lam - s.lam for s, t in pairwise(nodes)]
        moves = []
        for i, (s, t) in enumerate(pairwise(nodes)):
            h, gain = steps[i], _gain(t, steps[i])
            order = min(i + 1, 3)
            if self.lower_order_final:
                order = min(order, len(steps) - i)
            if order == 1:
                moves.append(Move(t.sigma / s.sigma, gain))
            elif order == 2:
                moves.append(
                    multistep_update(
                        t.sigma / s.sigma, gain, 0.0, linear_difference_weights(gain / 2, steps[i - 1 : i + 1])
                    )
                )
            else:
                slope = math.expm1(-h) / h + 1
                curve = (0.5 - slope / h) / (2 if self.halved else 1)
                weights = quadratic_difference_weights(t.alpha * slope, t.alpha * curve, steps[i - 2 : i + 1])
                moves.append(multistep_update(t.sigma / s.sigma, gain, 0.0, weights))
        return moves


def multistep_update(state: float, gain: float, noise: float, weights: tuple[float, ...]) -> Move:
    """A move of a prediction held still (`gain`) plus what differences of predictions add, `weights`, newest first."""
    return Move(state, gain + weights[0], noise, weights[1:])


def linear_difference_weights(slope: float, steps: Sequence[float]) -> tuple[float, float]:
    """slope · h D' as weights of this prediction and the one before; steps: the last two in lambda, h last."""
    weight = slope * steps[1] / steps[0]
    return weight, -weight


def quadratic_difference_weights(slope: float, curve: float, steps: Sequence[float]) -> tuple[float, float, float]:
    """slope · h D' + curve · h² D'' as weights of the last three predictions, newest first; steps: the last three."""
    r1, r0 = steps[0] / steps[2], steps[1] / steps[2]
    lift, second = slope * r0 / (r0 + r1), 2 * curve / (r0 + r1)
    near, far = (slope + lift + second) / r0, -(lift + second) / r1
    return near, far - near, -far
