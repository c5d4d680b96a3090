"""Schedules given as a list of betas, seen in continuous time: node n of T stands at t = n / T."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError, Range
from diffviz.protocols import Array, T
from diffviz.schedules.base import VariancePreserving


@dataclass(frozen=True)
class Discrete(VariancePreserving, ABC):
    """log alpha is linear in t between nodes (Lu et al. 2022a, appendix D.4), so f is constant on each piece."""

    steps: Annotated[int, Range(10, 4000, label="T", help="Number of discrete noise levels.")] = 1000

    @property
    def t_min(self) -> float:  # type: ignore[override]
        """The time of the first node, 1 / T, below which nothing is noised."""
        return 1 / self.steps

    @abstractmethod
    def betas(self) -> Array:
        """beta_1 … beta_T, (T,): the share of the signal's power that each step takes away, in (0, 1)."""

    @property
    def alpha_bar(self) -> Array:
        """alpha_bar_n = alpha² at node n, the cumulative products of 1 - beta, (T,)."""
        return np.exp(2 * _knots(self)[1:])

    def log_alpha(self, t: T) -> T:
        """½ log alpha_bar at the nodes, straight lines between."""
        knots = _knots(self)
        if isinstance(t, Tensor):
            n = self._piece(t)
            table = torch.as_tensor(knots, dtype=t.dtype, device=t.device)
            return table[n] + (t * self.steps - n) * (table[n + 1] - table[n])
        return np.interp(t, _node_times(self.steps), knots)

    def f(self, t: T) -> T:
        """d log alpha / dt: the slope of the piece that t lies on; at a node, of the piece before it."""
        slopes = np.diff(_knots(self)) * self.steps
        if isinstance(t, Tensor):
            return torch.as_tensor(slopes, dtype=t.dtype, device=t.device)[self._piece(t)]
        piece = np.clip(np.ceil(np.asarray(t) * self.steps).astype(int) - 1, 0, self.steps - 1)
        return slopes[piece]

    def time_of_log_alpha(self, log_alpha: T) -> T:
        """The inverse of `log_alpha`, on the same straight lines."""
        knots = _knots(self)
        if isinstance(log_alpha, Tensor):
            table = torch.as_tensor(knots, dtype=log_alpha.dtype, device=log_alpha.device)
            n = (torch.searchsorted(-table, -log_alpha.detach()) - 1).clamp(0, self.steps - 1)
            return (n + (log_alpha - table[n]) / (table[n + 1] - table[n])) / self.steps
        return np.interp(-log_alpha, -knots, _node_times(self.steps))

    def _piece(self, t: Tensor) -> Tensor:
        return (torch.ceil(t.detach() * self.steps) - 1).clamp(0, self.steps - 1).long()


@cache
def _knots(schedule: Discrete) -> Array:
    """log alpha at nodes 0 … T, (T + 1,)."""
    return np.concatenate([[0.0], np.cumsum(np.log1p(-schedule.betas())) / 2])


@cache
def _node_times(steps: int) -> Array:
    """t of nodes 0 … T, (T + 1,)."""
    return np.linspace(0.0, 1.0, steps + 1)


@dataclass(frozen=True)
class DiscreteDDPM(Discrete):
    """The betas of DDPM: equally spaced."""

    title: ClassVar[str] = "Discrete DDPM"
    paper: ClassVar[str] = "Ho et al. 2020, section 4"
    latex: ClassVar[str] = r"\bar\alpha_n=\prod_{i\le n}(1-\beta_i),\quad\alpha_{n/T}=\sqrt{\bar\alpha_n}"

    beta_first: Annotated[
        float, Range(1e-6, 0.1, label="β first", log=True, help="Noise added by the first of the T steps.")
    ] = 1e-4
    beta_last: Annotated[
        float, Range(1e-4, 0.5, label="β last", log=True, help="Noise added by the last of the T steps.")
    ] = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta_last < self.beta_first:
            raise ConfigError(f"β last must be at least β first, got {self.beta_last:g} < {self.beta_first:g}.")

    def betas(self) -> Array:
        """T values equally spaced from `beta_first` to `beta_last`."""
        return np.linspace(self.beta_first, self.beta_last, self.steps)


@dataclass(frozen=True)
class DiscreteCosine(Discrete):
    """The betas of the cosine alpha_bar, clipped so that the last step keeps a trace of signal."""

    title: ClassVar[str] = "Discrete cosine"
    paper: ClassVar[str] = "Nichol and Dhariwal 2021, equation 17"
    latex: ClassVar[str] = r"\beta_n=\min\!\big(1-\bar\alpha_n/\bar\alpha_{n-1},\,0.999\big)"

    offset: Annotated[float, Range(0.001, 0.05, step=0.001, label="s", help="Keeps β from vanishing at t = 0.")] = 0.008
    clip: Annotated[
        float, Range(0.5, 0.9999, label="largest β", help="No step takes away more of the signal's power.")
    ] = 0.999

    def betas(self) -> Array:
        """One less the ratio of neighbouring alpha_bar, clipped."""
        n = np.arange(self.steps + 1) / self.steps
        alpha_bar = np.cos((n + self.offset) / (1 + self.offset) * np.pi / 2) ** 2
        return np.minimum(1 - alpha_bar[1:] / alpha_bar[:-1], self.clip)
