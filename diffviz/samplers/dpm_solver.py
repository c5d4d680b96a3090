"""DPM-Solver: exponential integrators on the noise prediction, singlestep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from diffviz.prediction import View
from diffviz.samplers.base import LinearSampler, Move, Node
from diffviz.samplers.singlestep import SecondOrder, ThirdOrder


@dataclass(frozen=True)
class DPMSolver1(LinearSampler):
    """The linear part solved exactly, the noise held still over the step: the same as DDIM with eta = 0."""

    title: ClassVar[str] = "DPM-Solver-1"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), equation 3.7"
    latex: ClassVar[str] = r"x_t=\tfrac{\alpha_t}{\alpha_s}x_s-\sigma_t(e^h-1)\,\hat\epsilon(x_s)"
    view: ClassVar[View] = "eps"

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        """x_t = (alpha_t / alpha_s) x_s - sigma_t (e^h - 1) eps, for every step."""
        return [Move(t.alpha / s.alpha, -t.sigma * math.expm1(t.lam - s.lam)) for s, t in pairwise(nodes)]


@dataclass(frozen=True)
class DPMSolver2(SecondOrder):
    """One more call inside the step gives the slope of the noise in lambda."""

    title: ClassVar[str] = "DPM-Solver-2"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), algorithm 1; for any r, its appendix"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\alpha_t}{\alpha_s}x_s-\sigma_t(e^h-1)\Big[\hat\epsilon(x_s)"
        r"+\tfrac1{2r}\big(\hat\epsilon(x_u)-\hat\epsilon(x_s)\big)\Big],\quad\lambda_u=\lambda_s+rh"
    )
    view: ClassVar[View] = "eps"


@dataclass(frozen=True)
class DPMSolver3(ThirdOrder):
    """Two more calls inside the step; order 3 needs r₂ = 2/3, as the last call alone gives the curvature."""

    title: ClassVar[str] = "DPM-Solver-3"
    paper: ClassVar[str] = "Lu et al. 2022a (DPM-Solver), algorithm 2"
    latex: ClassVar[str] = (
        r"x_t=\tfrac{\alpha_t}{\alpha_s}x_s-\sigma_t(e^h-1)\,\hat\epsilon(x_s)"
        r"-\tfrac{\sigma_t}{r_2}\Big(\tfrac{e^h-1}{h}-1\Big)\big(\hat\epsilon(x_{u_2})-\hat\epsilon(x_s)\big)"
    )
    view: ClassVar[View] = "eps"
