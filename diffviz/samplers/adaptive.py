"""Adaptive solvers from scipy on the probability-flow ODE: the step size is theirs, the calls are counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor

from diffviz.config import ConfigError, Range
from diffviz.prediction import Prediction
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import Sampler
from diffviz.trajectory import Step


@dataclass(frozen=True)
class AdaptiveSampler(Sampler, ABC):
    """Steps are chosen so that the estimated error of each stays below the tolerance; of the grid only the ends count.

    All particles take the same steps, so that each has a slight part in where the others are looked at.
    """

    order: ClassVar[int | None] = None
    gridded: ClassVar[bool] = False
    adaptive: ClassVar[bool] = True

    tolerance: Annotated[
        float, Range(1e-12, 0.5, label="tolerance", log=True, help="Of each step: absolute, and relative to x.")
    ] = 1e-3

    @abstractmethod
    def solver(self) -> Any:
        """The scipy class."""

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Let the solver step from grid[0] to grid[-1]; yield where it accepts."""
        schedule = model.schedule

        def slope(t: float, flat: Array) -> Array:
            state = torch.from_numpy(flat).reshape(x.shape)
            eps = model.predict(state.to(x), t).eps.to(state)
            return (schedule.f(t) * state + schedule.g2(t) / (2 * schedule.sigma(t)) * eps).flatten().numpy()

        start, end = float(grid[0]), float(grid[-1])
        flat = x.flatten().double().numpy()
        found = self.solver()(slope, start, flat, end, rtol=self.tolerance, atol=self.tolerance)
        while found.status == "running":
            state, t = torch.from_numpy(found.y.copy()).reshape(x.shape), float(found.t)
            alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
            known = torch.from_numpy(found.f.copy()).reshape(x.shape)  # the slope here, asked for already
            eps = (known - schedule.f(t) * state) * (2 * sigma / schedule.g2(t))
            yield Step(t, state.to(x), Prediction.of_eps(state.to(x), alpha, sigma, eps.to(x)))
            complaint = found.step()
            if found.status == "failed":
                raise ConfigError(f"{self.title} gave up at t = {found.t:.3g}: {complaint}")
        yield Step(end, torch.from_numpy(found.y.copy()).reshape(x.shape).to(x), None)


@dataclass(frozen=True)
class RK45(AdaptiveSampler):
    """Dormand and Prince's pair of orders 5 and 4: what Song et al. sample with."""

    title: ClassVar[str] = "RK45 (adaptive)"
    paper: ClassVar[str] = "Dormand and Prince 1980; Song et al. 2021, section 4.3"
    latex: ClassVar[str] = r"\dot x=f x-\tfrac12g^2s_\theta(x,t),\quad\|\mathrm{err}\|\le\mathrm{tol}\,(1+|x|)"

    def solver(self) -> Any:
        """scipy's RK45."""
        from scipy.integrate import RK45 as Solver

        return Solver


@dataclass(frozen=True)
class DOP853(AdaptiveSampler):
    """The eighth-order method for high accuracy: the yardstick for what others leave."""

    title: ClassVar[str] = "DOP853 (adaptive)"
    paper: ClassVar[str] = "Hairer, Nørsett and Wanner 1993, section II.5"
    latex: ClassVar[str] = RK45.latex

    def solver(self) -> Any:
        """scipy's DOP853."""
        from scipy.integrate import DOP853 as Solver

        return Solver
