"""The types that everything else is written against. They import neither torch nor any other part of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from diffviz.prediction import Prediction

Array = NDArray[np.float64]
Coefficient: TypeAlias = "float | Tensor"  # one number for a whole batch, or a tensor (B,) with one a sample
T = TypeVar("T", float, Array, "Tensor")


@runtime_checkable
class Schedule(Protocol):
    """The forward marginal q(x_t | x_0) = N(alpha(t) x_0, sigma(t)² I), t in [t_min, t_max], data at t = 0.

    Every method takes a float, a float64 array or a tensor, and returns the same kind.
    """

    @property
    def t_min(self) -> float:
        """The cleanest time, at which sampling ends."""
        ...

    @property
    def t_max(self) -> float:
        """The noisiest time, at which sampling starts."""
        ...

    def alpha(self, t: T) -> T:
        """Amplitude of the signal at t, in the shape of t."""
        ...

    def sigma(self, t: T) -> T:
        """Standard deviation of the noise at t, in the shape of t."""
        ...

    def lam(self, t: T) -> T:
        """Half the log signal-to-noise ratio, log(alpha / sigma); falls as t grows."""
        ...

    def f(self, t: T) -> T:
        """Drift rate of dx = f(t) x dt + g(t) dw: d log alpha / dt."""
        ...

    def g2(self, t: T) -> T:
        """Squared diffusion of dx = f(t) x dt + g(t) dw: d sigma² / dt - 2 f sigma²."""
        ...

    def time_of(self, lam: T) -> T:
        """The time at which `lam` is reached: the inverse of `lam`."""
        ...


@runtime_checkable
class ScoreModel(Protocol):
    """Exact and learned scores, and every wrapper around them: a prediction at any state and time."""

    @property
    def schedule(self) -> Schedule:
        """The schedule whose times `predict` takes."""
        ...

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The prediction at x (B, *D) and time t, a float for the whole batch or (B,)."""
        ...


class Noise(Protocol):
    """Where a sampler's randomness comes from."""

    def initial(self) -> Tensor:
        """Standard normal (B, *D) for the starting point."""
        ...

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        """Standard normal (B, *D) for the step between two values of lambda."""
        ...

    def at(self, lam: float, index: int) -> Tensor:
        """Standard normal (B, *D) for the `index`-th move that stays at one value of lambda."""
        ...
