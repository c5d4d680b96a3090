"""One prediction of a model in five views: denoised point, noise, score, and two velocities."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from diffviz.protocols import Coefficient, Schedule

View = Literal["x0", "eps"]  # the two views that a solver may be written in


def expand(value: Coefficient, x: Tensor) -> Coefficient:
    """Shape a per-sample coefficient (B,) so that it multiplies x (B, *D); a float stays a float."""
    return value.reshape(-1, *(1,) * (x.ndim - 1)) if isinstance(value, Tensor) and value.ndim else value


def levels(schedule: Schedule, t: Coefficient, x: Tensor) -> tuple[Coefficient, Coefficient]:
    """alpha and sigma at t, shaped to multiply x (B, *D): floats for a float, tensors for a tensor (B,)."""
    if isinstance(t, Tensor):
        return expand(schedule.alpha(t), x), expand(schedule.sigma(t), x)
    return float(schedule.alpha(t)), float(schedule.sigma(t))


class Prediction:
    """What a model predicts at (x, t), in five views: denoised x0, noise eps, score, velocity v, straight velocity u.

    Build it from whichever view the model gives; the others are computed when first needed, with
    x = alpha x0 + sigma eps, score = -eps / sigma, v = alpha eps - sigma x0 (Salimans and Ho 2022, appendix D;
    inverted with alpha² + sigma², so that it holds off the VP circle too), u = eps - x0 (Liu et al. 2023, equation 1).

    variance: where the model answers it too, v in [0, 1], (B, *D), which makes beta^v beta-tilde^(1 - v) the variance
    of a reverse step from here (Nichol and Dhariwal 2021, equation 15); else None.
    """

    __slots__ = ("_eps", "_x0", "alpha", "sigma", "variance", "x")

    def __init__(
        self,
        x: Tensor,
        alpha: Coefficient,
        sigma: Coefficient,
        x0: Tensor | None = None,
        eps: Tensor | None = None,
    ) -> None:
        self.x, self.alpha, self.sigma, self._x0, self._eps = x, alpha, sigma, x0, eps
        self.variance: Tensor | None = None

    @classmethod
    def of_x0(cls, x: Tensor, alpha: Coefficient, sigma: Coefficient, x0: Tensor) -> Prediction:
        """From the denoised point E[x_0 | x_t], (B, *D)."""
        return cls(x, alpha, sigma, x0=x0)

    @classmethod
    def of_eps(cls, x: Tensor, alpha: Coefficient, sigma: Coefficient, eps: Tensor) -> Prediction:
        """From the expected noise E[eps | x_t], (B, *D)."""
        return cls(x, alpha, sigma, eps=eps)

    @classmethod
    def of_score(cls, x: Tensor, alpha: Coefficient, sigma: Coefficient, score: Tensor) -> Prediction:
        """From the score grad log q_t(x), (B, *D)."""
        return cls(x, alpha, sigma, eps=-sigma * score)

    @classmethod
    def of_v(cls, x: Tensor, alpha: Coefficient, sigma: Coefficient, v: Tensor) -> Prediction:
        """From the velocity v = alpha eps - sigma x0, (B, *D)."""
        return cls(x, alpha, sigma, x0=(alpha * x - sigma * v) / (alpha * alpha + sigma * sigma))

    @classmethod
    def of_u(cls, x: Tensor, alpha: Coefficient, sigma: Coefficient, u: Tensor) -> Prediction:
        """From the straight velocity u = eps - x0, (B, *D)."""
        return cls(x, alpha, sigma, x0=(x - sigma * u) / (alpha + sigma))

    @property
    def x0(self) -> Tensor:
        """The denoised point E[x_0 | x_t], (B, *D), in data units."""
        if self._x0 is None:
            assert self._eps is not None
            self._x0 = _solved(self.x, self.sigma, self._eps, self.alpha)
        return self._x0

    @property
    def eps(self) -> Tensor:
        """The expected noise E[eps | x_t], (B, *D), in units of its standard deviation."""
        if self._eps is None:
            assert self._x0 is not None
            self._eps = _solved(self.x, self.alpha, self._x0, self.sigma)
        return self._eps

    def in_view(self, view: View) -> Tensor:
        """`x0` or `eps`, whichever `view` names, (B, *D)."""
        return self.x0 if view == "x0" else self.eps

    def has(self, view: View) -> bool:
        """Whether that view is at hand without arithmetic."""
        return (self._x0 if view == "x0" else self._eps) is not None

    @property
    def score(self) -> Tensor:
        """grad log q_t(x) = -eps / sigma, (B, *D), per data unit."""
        return -self.eps / self.sigma

    @property
    def v(self) -> Tensor:
        """The velocity alpha eps - sigma x0, (B, *D)."""
        return self.alpha * self.eps - self.sigma * self.x0

    @property
    def u(self) -> Tensor:
        """The velocity eps - x0 of the straight line from data to noise, (B, *D)."""
        return self.eps - self.x0


def _solved(x: Tensor, a: Coefficient, known: Tensor, b: Coefficient) -> Tensor:
    """(x - a known) / b, in two operations where a and b are numbers."""
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return (x - a * known) / b
    return torch.sub(x, known, alpha=a).mul_(_number(1 / b, x.dtype))


@lru_cache(maxsize=4096)
def _number(value: float, dtype: torch.dtype) -> Tensor:
    """As a tensor without axes: a product with one costs half as much, and grids ask for the same levels again."""
    return torch.tensor(value, dtype=dtype)
