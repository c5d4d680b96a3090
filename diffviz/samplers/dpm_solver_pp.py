"""DPM-Solver++: exponential integrators on the denoised prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

from diffviz.config import Flag
from diffviz.samplers.base import LinearSampler, Move, Node


@dataclass(frozen=True)
class DPMSolverPP2M(LinearSampler):
    """x_0 extrapolated in lambda from this answer and the one before; the linear part is solved exactly.

    The first step has no answer before it and is of order 1 (DDIM).
    """

    title: ClassVar[str] = "DPM-Solver++ 2M"
    paper: ClassVar[str] = "Lu et al. 2022b (DPM-Solver++), algorithm 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\sigma_t}{\sigma_s}x_s-\alpha_t(e^{-h}-1)\Big[\big(1+\tfrac{1}{2r}\big)\hat x_0"
        r"-\tfrac{1}{2r}\hat x_0^{\,\mathrm{prev}}\Big],\quad r=h_{\mathrm{prev}}/h"
    )
    order: ClassVar[int] = 2

    lower_order_final: Annotated[
        bool, Flag(label="first order at the end", help="The last step uses one answer only: steadier at few steps.")
    ] = False

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """Order 1 first, then order 2."""
        steps = [t.lam - s.lam for s, t in pairwise(nodes)]
        found = []
        for i, (s, t) in enumerate(pairwise(nodes)):
            gain = -t.alpha * math.expm1(-steps[i])
            single = i == 0 or (self.lower_order_final and i == len(steps) - 1)
            extra = 0.0 if single else gain * steps[i] / (2 * steps[i - 1])
            found.append(Move(t.sigma / s.sigma, gain + extra, past=-extra))
        return found
