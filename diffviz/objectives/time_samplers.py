"""How often each noise level is drawn: the density of t under the expectation of the loss.

It leaves the minimum where it is, and decides, like a weight, where a network that cannot be right everywhere is right.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Entry, Range

_TABLE = 4097


@dataclass(frozen=True)
class TimeSampler(Entry, ABC):
    """A density of times on [t_min, t_max], given by its quantile function."""

    @abstractmethod
    def quantile(self, u: Tensor) -> Tensor:
        """The quantile function: below which share of [t_min, t_max] the share u in [0, 1] of all times lies; it rises.

        0 is data, t_min, and 1 is noise, t_max; u and the result have any one shape.
        """


@dataclass(frozen=True)
class UniformTimes(TimeSampler):
    """Every time is drawn as often."""

    title: ClassVar[str] = "Even"
    paper: ClassVar[str] = "Ho et al. 2020, algorithm 1"
    latex: ClassVar[str] = r"t\sim\mathcal U(t_{\min},t_{\max})"

    def quantile(self, u: Tensor) -> Tensor:
        """u: the quantile function of even times is the identity."""
        return u


@dataclass(frozen=True)
class LogitNormalTimes(TimeSampler):
    """A hill of times whose logit is normal, on a plain of evenly drawn ones, so that nothing is left out."""

    title: ClassVar[str] = "Logit-normal"
    paper: ClassVar[str] = "Esser et al. 2024, section 3.1"
    latex: ClassVar[str] = r"\operatorname{logit}t\sim\mathcal N(m,s^2)"

    mean: Annotated[float, Range(-4.0, 4.0, label="m", help="Logit of the middle: above 0 lies towards noise.")] = 0.0
    spread: Annotated[float, Range(0.1, 4.0, label="s", help="Standard deviation of the logit.")] = 1.0
    even: Annotated[float, Range(0.0, 1.0, label="Even share", help="Share of times drawn evenly.")] = 0.0

    def quantile(self, u: Tensor) -> Tensor:
        """By interpolation in a table of the distribution function, 4,097 times long."""
        share = torch.linspace(0, 1, _TABLE, dtype=torch.float64)
        hill = torch.special.ndtr((torch.logit(share) - self.mean) / self.spread)
        below = self.even * share + (1 - self.even) * hill
        return torch.from_numpy(np.interp(u.double().numpy(), below.numpy(), share.numpy())).to(u.dtype)


TIME_SAMPLERS: dict[str, type[TimeSampler]] = {"even": UniformTimes, "logit-normal": LogitNormalTimes}
