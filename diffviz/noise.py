"""Seeded Gaussian noise, one stream a particle, and Brownian paths shared between runs of different step sizes.

Nothing here reads or writes a global random state. Row i of every draw is the same however many rows are drawn with
it, because each draw has its own counter-based stream, consumed in row order.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import torch
from numpy.random import Generator, Philox
from torch import Tensor

from diffviz.protocols import Array


class Stream(IntEnum):
    """What random numbers are for: each use has a stream of its own, so that none changes another.

    The integers are part of every seed's meaning and must stay.
    """

    WHITE = 0
    BROWNIAN = 1
    DATA = 2
    MIXTURE_LAYOUT = 3
    SLICED_DIRECTIONS = 4
    SAME_LEVEL = 5
    BOOTSTRAP = 6
    SHUFFLE = 7
    REJECTION = 8
    DIVERGENCE_PROBES = 9
    DEQUANTISATION = 10
    PROBES = 0x70726F62
    HIDDEN_LABELS = 0x68696465
    CLASSIFIER_BATCHES = 0x636C6173
    TRAINING_BATCHES = 0x7261696E
    CLAIMS = 0x636C6D73
    STUDENT_BATCHES = 0x73747564
    STUDENT_STARTS = 0x73746172


def stream(seed: int, a: int, b: int, use: Stream) -> Generator:
    """A generator for (seed, a, b, use): words below 2⁶⁴; different words give independent streams."""
    return Generator(Philox(key=[seed & 0xFFFFFFFFFFFFFFFF, 0x6469666676697A], counter=[0, a, b, use]))


def torch_generator(seed: int, use: Stream) -> torch.Generator:
    """A torch generator for the seed, another one for each use."""
    return torch.Generator().manual_seed(seed ^ use)


def _bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


@dataclass(frozen=True)
class WhiteNoise:
    """Independent normals: each step, identified by its two ends, has its own draw."""

    seed: int
    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32

    def initial(self) -> Tensor:
        """Standard normal of `shape` for the starting point."""
        return self._draw(0, 0)

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        """Standard normal of `shape`, the same for the same two ends."""
        return self._draw(_bits(lam_from), _bits(lam_to))

    def at(self, lam: float, index: int) -> Tensor:
        """Standard normal of `shape`, one for each index at each value of lambda."""
        return _same_level(self.seed, lam, index, self.shape, self.dtype)

    def _draw(self, a: int, b: int) -> Tensor:
        return torch.from_numpy(stream(self.seed, a, b, Stream.WHITE).standard_normal(self.shape)).to(self.dtype)


def _same_level(seed: int, lam: float, index: int, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(stream(seed, _bits(lam), index, Stream.SAME_LEVEL).standard_normal(shape)).to(dtype)


class BrownianPath:
    """One Brownian motion a coordinate on the clock e^{2 lambda}, the same at every step size.

    Given x_0, the reverse process is the observation x_t alpha_t / sigma_t² = e^{2 lambda} x_0 + B(e^{2 lambda}), so a
    posterior or exponential step adds (sigma²/alpha) ΔB, and these compose exactly over any split of a step. With
    `forward=True` the clock is e^{-2 lambda}, on which x_t / alpha_t = x_0 + W(e^{-2 lambda}) composes in the same way.

    `between` returns ΔB divided by its standard deviation. Values come from a virtual tree of Brownian bridges, halving
    the lambda range 16 times, so they do not depend on the order of queries, and only one branch is kept in memory.
    """

    _DEPTH = 16

    def __init__(
        self,
        seed: int,
        shape: tuple[int, ...],
        lam_low: float,
        lam_high: float,
        *,
        forward: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.seed, self.shape, self.dtype = seed, shape, dtype
        self._rate = -2.0 if forward else 2.0
        start, end = (lam_high, lam_low) if forward else (lam_low, lam_high)
        whole = self._normal(0, 0) * math.sqrt(self._clock(end) - self._clock(start))
        self._branch = [_Interval(0, start, end, np.zeros(shape), whole)]

    def initial(self) -> Tensor:
        """Standard normal of `shape` for the starting point, independent of the path."""
        return torch.from_numpy(self._normal(1 << 32, 0)).to(self.dtype)

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        """The path's increment from one value of lambda to another, scaled to unit variance."""
        span = self._clock(lam_to) - self._clock(lam_from)
        if not span > 0:
            raise ValueError(f"The path runs the other way than from {lam_from:g} to {lam_to:g}.")
        before, after = self._at(lam_from), self._at(lam_to)
        return torch.from_numpy((after - before) / math.sqrt(span)).to(self.dtype)

    def at(self, lam: float, index: int) -> Tensor:
        """Standard normal of `shape`, independent of the path: the same at every step size that visits lambda."""
        return _same_level(self.seed, lam, index, self.shape, self.dtype)

    def _clock(self, lam: float) -> float:
        return math.exp(self._rate * lam)

    def _normal(self, level: int, index: int) -> Array:
        return stream(self.seed, level, index, Stream.BROWNIAN).standard_normal(self.shape)

    def _bridge(self, inside: _Interval, lam: float, level: int) -> Array:
        a, m, b = self._clock(inside.start), self._clock(lam), self._clock(inside.end)
        share = (m - a) / (b - a)
        spread = math.sqrt(max(0.0, (m - a) * (b - m) / (b - a)))
        return inside.left + share * (inside.right - inside.left) + spread * self._normal(level, inside.index)

    def _at(self, lam: float) -> Array:
        branch = self._branch
        if not branch[0].holds(lam):
            raise ValueError(f"The path has no lambda = {lam:g}.")
        while not branch[-1].holds(lam):
            branch.pop()
        while True:
            last = branch[-1]
            if lam == last.start:
                return last.left
            if lam == last.end:
                return last.right
            if len(branch) > self._DEPTH:
                return self._bridge(last, lam, len(branch))
            middle = (last.start + last.end) / 2
            value = self._bridge(last, middle, len(branch))
            left = _Interval(2 * last.index, last.start, middle, last.left, value)
            branch.append(
                left if left.holds(lam) else _Interval(2 * last.index + 1, middle, last.end, value, last.right)
            )


@dataclass(frozen=True)
class _Interval:
    index: int
    start: float
    end: float
    left: Array
    right: Array

    def holds(self, lam: float) -> bool:
        return min(self.start, self.end) <= lam <= max(self.start, self.end)
