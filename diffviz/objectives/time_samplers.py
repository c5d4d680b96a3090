"""How often each noise level is drawn: the density of t under the expectation of the loss.

It leaves the minimum where it is, and decides, like a weight, where a network that cannot be right everywhere is right.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Generator, Tensor

from diffviz.config import Entry, Range
from diffviz.objectives.loss_memory import LossMemory
from diffviz.protocols import Schedule
from diffviz.schedules import time_at

_TABLE = 4097


@dataclass(frozen=True)
class TimeSampler(Entry, ABC):
    """Which times a batch has, as a map from a share u in [0, 1] of all draws: 0 is data, 1 is noise."""

    @abstractmethod
    def times(self, schedule: Schedule, u: Tensor) -> Tensor:
        """The time below which the share u of all times lies, in [t_min, t_max]; it rises, in the shape of u."""

    def shares(self, batches: int, size: int, generator: Generator) -> Tensor:
        """The shares u of whole batches, (batches, size), rising in each.

        They are stratified, one in each of `size` slices (Kingma et al. 2021, appendix I.1), so that the loss is far
        less noisy than with independent ones.
        """
        return (torch.arange(size) + torch.rand((batches, size), generator=generator)) / size

    def memory(self) -> LossMemory | None:
        """What must be remembered of the losses to draw by them; None where they do not matter."""
        return None


@dataclass(frozen=True)
class QuantileTimes(TimeSampler, ABC):
    """A density on the schedule's range of times, whatever the schedule, given by its quantile function."""

    @abstractmethod
    def quantile(self, u: Tensor) -> Tensor:
        """The quantile function: below which share of [t_min, t_max] the share u in [0, 1] of all times lies; it rises.

        0 is data, t_min, and 1 is noise, t_max; u and the result have any one shape.
        """

    def times(self, schedule: Schedule, u: Tensor) -> Tensor:
        """The times at `quantile` shares of the range."""
        return time_at(schedule, self.quantile(u))


@dataclass(frozen=True)
class UniformTimes(QuantileTimes):
    """Every time is drawn as often, one in each of as many slices of the range as the batch has points."""

    title: ClassVar[str] = "Even"
    paper: ClassVar[str] = "Ho et al. 2020, algorithm 1; stratified: Kingma et al. 2021, appendix I.1"
    latex: ClassVar[str] = r"t\sim\mathcal U(t_{\min},t_{\max})"

    def quantile(self, u: Tensor) -> Tensor:
        """u: the quantile function of even times is the identity."""
        return u


@dataclass(frozen=True)
class IndependentTimes(UniformTimes):
    """Every time is drawn as often, each for itself: what stratified times spare the loss can be seen beside these."""

    title: ClassVar[str] = "Even, independent"
    paper: ClassVar[str] = "Ho et al. 2020, algorithm 1"

    def shares(self, batches: int, size: int, generator: Generator) -> Tensor:
        """Independent shares; the order within a batch carries nothing, as data and noise do not know of it."""
        return torch.rand((batches, size), generator=generator).sort(1).values


@dataclass(frozen=True)
class ImportanceTimes(UniformTimes):
    """Times with large losses are drawn more often and count less: the same gradient in the mean, with less noise.

    Each of `bins` ranges of t is drawn in proportion to the root mean square of its last ten losses, once it has had
    ten, and its weight is divided by that density, so that nothing is biased.
    """

    title: ClassVar[str] = "Importance by loss"
    paper: ClassVar[str] = "Nichol and Dhariwal 2021, section 3.3"
    latex: ClassVar[str] = r"L=\mathbb E_{t\sim p}\big[L_t/p_t\big],\quad p_t\propto\sqrt{\mathbb E[L_t^2]}"

    bins: Annotated[int, Range(2, 64, label="Bins", help="Ranges of t, each with losses of its own.")] = 16

    def memory(self) -> LossMemory:
        """The last ten losses of every bin."""
        return LossMemory(self.bins)


@dataclass(frozen=True)
class OneLevelTimes(TimeSampler):
    """One noise level and no other."""

    title: ClassVar[str] = "One noise level"
    paper: ClassVar[str] = "Vincent 2011, section 4"
    latex: ClassVar[str] = r"\log(\alpha_t/\sigma_t)=\lambda"

    lam: Annotated[float, Range(-4.0, 4.0, step=0.1, label="λ", help="log(α/σ): larger is cleaner.")] = 1.0

    def times(self, schedule: Schedule, u: Tensor) -> Tensor:
        """The time of that level for every u, or the end of the schedule nearest to it."""
        t = min(max(float(schedule.time_of(self.lam)), schedule.t_min), schedule.t_max)
        return torch.full_like(u, t)


@dataclass(frozen=True)
class LadderTimes(TimeSampler):
    """A few noise levels in geometric progression, each drawn as often."""

    title: ClassVar[str] = "A ladder of levels"
    paper: ClassVar[str] = "Song and Ermon 2019, section 4.2"
    latex: ClassVar[str] = r"\sigma_1/\sigma_2=\dots=\sigma_{L-1}/\sigma_L"

    levels: Annotated[int, Range(2, 100, label="L", help="How many noise levels.")] = 10

    def times(self, schedule: Schedule, u: Tensor) -> Tensor:
        """The time of rung floor(u L), the cleanest first; the rungs are evenly spaced in lambda, ends included."""
        clean, noisy = (float(schedule.lam(t)) for t in (schedule.t_min, schedule.t_max))
        rungs = schedule.time_of(np.linspace(clean, noisy, self.levels))
        rungs[0], rungs[-1] = schedule.t_min, schedule.t_max
        return torch.from_numpy(rungs).to(u.dtype)[(u * self.levels).long().clamp(max=self.levels - 1)]


@dataclass(frozen=True)
class LogitNormalTimes(QuantileTimes):
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


TIME_SAMPLERS: dict[str, type[TimeSampler]] = {
    "even": UniformTimes,
    "independent": IndependentTimes,
    "importance": ImportanceTimes,
    "logit-normal": LogitNormalTimes,
    "ladder": LadderTimes,
    "one-level": OneLevelTimes,
}
