"""SDE-DPM-Solver++: exponential integrators on the reverse SDE, multistep."""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from diffviz.samplers.base import LinearSampler, Move, Node, posterior_spread
from diffviz.samplers.dpm_solver_pp import linear_difference_weights, multistep_update, quadratic_difference_weights


@dataclass(frozen=True)
class SDESolver(LinearSampler, ABC):
    """x_t = (sigma_t / sigma_s) e^{-h} x_s + alpha_t (1 - e^{-2h}) D + sigma_t sqrt(1 - e^{-2h}) z."""

    terms: ClassVar[int] = 1  # how many predictions the extrapolation uses

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """From as many predictions as there are, up to `terms`."""
        steps = [t.lam - s.lam for s, t in pairwise(nodes)]
        moves = []
        for i, (s, t) in enumerate(pairwise(nodes)):
            h = steps[i]
            decay = -math.expm1(-2 * h)  # 1 - e^{-2h}
            state = t.sigma / s.sigma * math.exp(-h)
            gain = t.alpha * decay
            spread = t.sigma * posterior_spread(s, t)
            terms = min(i + 1, self.terms)
            if terms == 1:
                moves.append(Move(state, gain, spread))
            elif terms == 2:
                moves.append(
                    multistep_update(state, gain, spread, linear_difference_weights(gain / 2, steps[i - 1 : i + 1]))
                )
            else:
                slope = 1 - decay / (2 * h)
                curve = 0.5 + (decay - 2 * h) / (4 * h * h)
                weights = quadratic_difference_weights(t.alpha * slope, t.alpha * curve, steps[i - 2 : i + 1])
                moves.append(multistep_update(state, gain, spread, weights))
        return moves


@dataclass(frozen=True)
class SDEDPMSolverPP1(SDESolver):
    """The reverse SDE with the denoised point held still over the step: the same as DDPM with beta-tilde."""

    title: ClassVar[str] = "SDE-DPM-Solver++(1)"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), its section on diffusion SDEs"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}e^{-h}x_s+\alpha_t(1-e^{-2h})\,\hat x_0+\sigma_t\sqrt{1-e^{-2h}}\,z"
    )


@dataclass(frozen=True)
class SDEDPMSolverPP2M(SDESolver):
    """The denoised point extrapolated from this prediction and the one before; order 2 in law."""

    title: ClassVar[str] = "SDE-DPM-Solver++ 2M"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), its section on diffusion SDEs"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}e^{-h}x_s+\alpha_t(1-e^{-2h})\Big[\hat x_0"
        r"+\tfrac1{2r}\big(\hat x_0-\hat x_0^{\,\mathrm{prev}}\big)\Big]+\sigma_t\sqrt{1-e^{-2h}}\,z"
    )
    order: ClassVar[int] = 2
    memoryless: ClassVar[bool] = False
    terms: ClassVar[int] = 2


@dataclass(frozen=True)
class SDEDPMSolverPP3M(SDESolver):
    """A parabola through the last three predictions; a public library has the wrong sign in its last coefficient."""

    title: ClassVar[str] = "SDE-DPM-Solver++ 3M"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), its section on diffusion SDEs, carried to three predictions"
    latex: ClassVar[str] = (
        r"x_t=\dots+\alpha_t\Big(1-\tfrac{1-e^{-2h}}{2h}\Big)D_1"
        r"+\alpha_t\Big(\tfrac12+\tfrac{1-e^{-2h}-2h}{4h^2}\Big)D_2"
    )
    order: ClassVar[int] = 2
    memoryless: ClassVar[bool] = False
    terms: ClassVar[int] = 3
