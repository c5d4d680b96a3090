"""Adaptive solvers from scipy on the probability-flow ODE: the step size is theirs, the calls are counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import torch
from torch import Tensor

from diffviz.config import ConfigError, Range
from diffviz.prediction import Prediction, View
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import Sampler
from diffviz.trajectory import Step

if TYPE_CHECKING:
    from scipy.integrate import OdeSolver  # at run time only when one is used: it is slow to import

MOST_CALLS = 5_000  # ten times what a smooth flow needs at the tightest tolerance of single precision


@dataclass(frozen=True)
class AdaptiveSampler(Sampler, ABC):
    """Steps are chosen so that the estimated error of each stays below the tolerance; of the grid only the ends count.

    All particles take the same steps, so that each has a slight part in where the model is called for the others.

    A run always ends: after MOST_CALLS calls, at the first answer that is not finite, and at once for a tolerance that
    is finer than the states' own number type resolves.
    """

    order: ClassVar[int | None] = None
    gridded: ClassVar[bool] = False
    adaptive: ClassVar[bool] = True
    memoryless: ClassVar[bool] = False  # the length of a step follows from the one before
    view: ClassVar[View] = "eps"

    tolerance: Annotated[
        float,
        Range(
            1e-12,
            0.5,
            label="tolerance",
            log=True,
            help="Of each step's error: absolute, and relative to x. In single precision, as here, at least 1.2e-7.",
        ),
    ] = 1e-3

    @abstractmethod
    def solver_class(self) -> type[OdeSolver]:
        """The scipy class that steps."""

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Let the solver step from grid[0] to grid[-1]; yield where it accepts a step.

        Raises `ConfigError` where the solver gives up, and for a tolerance below the spacing of the numbers in x: the
        rounding of the model's answers would then pass for the step's error, and ever shorter steps never mend it.
        """
        finest = torch.finfo(x.dtype).eps
        if self.tolerance < finest:
            raise ConfigError(
                f"The tolerance of {self.title} must be at least {finest:.2g} for numbers of this precision."
            )
        schedule = model.schedule
        drift = _Drift(self.title, model, x)
        start, end = float(grid[0]), float(grid[-1])
        flat = x.flatten().double().numpy()
        solver = self.solver_class()(drift, start, flat, end, rtol=self.tolerance, atol=self.tolerance)
        while solver.status == "running":
            state, t = torch.from_numpy(solver.y.copy()).reshape(x.shape), float(solver.t)
            alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
            slope = torch.from_numpy(solver.f.copy()).reshape(x.shape)  # known already: eps at no further call
            eps = (slope - schedule.f(t) * state) * (2 * sigma / schedule.g2(t))
            yield Step(t, state.to(x), Prediction.of_eps(state.to(x), alpha, sigma, eps.to(x)))
            message = solver.step()
            if solver.status == "failed":
                raise ConfigError(f"{self.title} gave up at t = {solver.t:.3g}: {message}")
        yield Step(end, torch.from_numpy(solver.y.copy()).reshape(x.shape).to(x), None)


class _Drift:
    """dx/dt of the probability flow as scipy asks for it; an exception is the one way out of scipy's own loops."""

    def __init__(self, title: str, model: ScoreModel, x: Tensor) -> None:
        self.title, self.model, self.x = title, model, x
        self.calls = 0

    def __call__(self, t: float, flat: Array) -> Array:
        if self.calls == MOST_CALLS:
            raise ConfigError(
                f"{self.title} gave up at t = {t:.3g} after {MOST_CALLS:,} network calls: it needs a larger tolerance."
            )
        self.calls += 1
        schedule = self.model.schedule
        state = torch.from_numpy(flat).reshape(self.x.shape)
        eps = self.model.predict(state.to(self.x), t).eps.to(state)
        slope = schedule.f(t) * state + schedule.g2(t) / (2 * schedule.sigma(t)) * eps
        if not slope.isfinite().all():
            raise ConfigError(f"{self.title} gave up at t = {t:.3g}: the model's answer there is not finite.")
        return slope.flatten().numpy()


@dataclass(frozen=True)
class RK45(AdaptiveSampler):
    """Dormand and Prince's pair of orders 5 and 4: what Song et al. sample with."""

    title: ClassVar[str] = "RK45 (adaptive)"
    paper: ClassVar[str] = "Dormand and Prince 1980; Song et al. 2021, section 4.3"
    latex: ClassVar[str] = r"\dot x=f x-\tfrac12g^2s_\theta(x,t),\quad\|\mathrm{err}\|\le\mathrm{tol}\,(1+|x|)"

    def solver_class(self) -> type[OdeSolver]:
        """RK45 of scipy.integrate."""
        from scipy.integrate import RK45 as Solver

        return Solver


@dataclass(frozen=True)
class DOP853(AdaptiveSampler):
    """The eighth-order method for high accuracy: the yardstick for the error of the others."""

    title: ClassVar[str] = "DOP853 (adaptive)"
    paper: ClassVar[str] = "Hairer, Nørsett and Wanner 1993, section II.5"
    latex: ClassVar[str] = RK45.latex

    def solver_class(self) -> type[OdeSolver]:
        """DOP853 of scipy.integrate."""
        from scipy.integrate import DOP853 as Solver

        return Solver
