"""Measurements of digits that come with the lab, each made by the command it names, and what follows from them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffviz.estimate import share_error
from diffviz.metrics import Interval
from diffviz.pretrained.digits import FOLDER
from diffviz.protocols import Array

ETAS, STEPS = ("0", "0.2", "0.5", "1", "σ̂"), (10, 20, 50, 100, 1000)
# FID of Song et al. 2021 (DDIM), table 1, rows and columns as above.
PAPER: Mapping[str, tuple[tuple[float, ...], ...]] = {
    "CIFAR-10": (
        (13.36, 6.84, 4.67, 4.16, 4.04),
        (14.04, 7.11, 4.77, 4.25, 4.09),
        (16.66, 8.35, 5.25, 4.46, 4.29),
        (41.07, 18.36, 8.01, 5.78, 4.73),
        (367.43, 133.37, 32.72, 9.99, 3.17),
    ),
    "CelebA": (
        (17.33, 13.73, 9.17, 6.53, 3.51),
        (17.66, 14.11, 9.51, 6.79, 3.64),
        (19.86, 16.06, 11.01, 8.09, 4.28),
        (33.12, 26.03, 18.48, 13.93, 5.98),
        (299.71, 183.83, 71.71, 45.20, 3.26),
    ),
}


@dataclass(frozen=True, eq=False)
class Estimates:
    """Measured values with the ends of their 95 % intervals, arrays of one shape."""

    value: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, intervals: Array) -> Estimates:
        """From (..., 3): value, low end, high end."""
        value, low, high = np.moveaxis(intervals, -1, 0)
        return cls(value, low, high)

    def at(self, *place: int) -> Interval:
        """One of them."""
        return Interval(float(self.value[place]), float(self.low[place]), float(self.high[place]))


EXCESS = "MNIST-Fréchet above real digits"  # the name of what `excess` answers


def excess(value: Interval, floor: Interval) -> Interval:
    """How far a measured value lies above another that was measured on its own, with a 95 % interval of both errors."""
    above = value.value - floor.value
    half = math.hypot((value.high - value.low) / 2, (floor.high - floor.low) / 2)
    return Interval(above, above - half, above + half)


@dataclass(frozen=True, eq=False)
class DDIMTable:
    """The DDIM paper's table on MNIST: MNIST-Fréchet for ETAS (rows) by numbers of STEPS (columns), 5 by 5.

    frechet: of all samples of a cell, as many in each cell of a column. excess: by how much that is above real digits
    of the same number, so that columns compare too. samples, clear, seconds: of each cell, their number, the share of
    clear digits, the processor's time. tiles: (5, 5, 16, 28, 28) some digits of each, 0 as paper and 1 as ink. floors:
    of real digits, by their number.
    """

    frechet: Estimates
    excess: Estimates
    samples: Array
    clear: Array
    seconds: Array
    tiles: Array
    floors: Mapping[int, Interval]
    command: str


@lru_cache(maxsize=1)
def ddim_table() -> DDIMTable:
    """As `benchmarks.ddim_table` measured it."""
    table, tiles = recorded("ddim-table"), _tiles("ddim-table")

    def cells(measure: str) -> Array:
        return np.array([[table["cells"][f"{eta} {steps}"][measure] for steps in STEPS] for eta in ETAS], dtype=float)

    frechet, samples, floors = Estimates.of(cells("frechet")), cells("samples"), _floors(table)
    above = [excess(frechet.at(*place), floors[int(count)]) for place, count in np.ndenumerate(samples)]
    return DDIMTable(
        frechet,
        Estimates.of(np.reshape(above, (*samples.shape, 3))),
        samples,
        cells("clear"),
        cells("seconds"),
        np.array([[tiles[f"{eta} {steps}"] for steps in STEPS] for eta in ETAS]),
        floors,
        table["command"],
    )


def column_ranks(values: Array) -> NDArray[np.intp]:
    """The rank of each value in its column, from 1 for the lowest."""
    return values.argsort(0).argsort(0) + 1


def possible_ranks(estimates: Estimates) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The lowest and the highest rank that each value may have in its column where 95 % intervals overlap."""
    below = estimates.high[None] < estimates.low[:, None]  # [i, j, column]: j is clearly below i
    return 1 + below.sum(1), len(estimates.value) - below.sum(0)


class Agreement(NamedTuple):
    """Pairs of cells of one column that stand as in the paper, the other way round, and too near to tell."""

    same: int
    other: int
    near: int


def agreement(table: DDIMTable, paper: str) -> Agreement:
    """How the order within each column compares with the paper's; too near are pairs whose 95 % intervals overlap."""
    frechet, there = table.frechet, np.array(PAPER[paper])
    same = other = near = 0
    for column in range(len(STEPS)):
        for i, j in combinations(range(len(ETAS)), 2):
            a, b = frechet.at(i, column), frechet.at(j, column)
            if a.low <= b.high and b.low <= a.high:
                near += 1
            elif (a.value < b.value) == (there[i, column] < there[j, column]):
                same += 1
            else:
                other += 1
    return Agreement(same, other, near)


class FastCell(NamedTuple):
    """One sampler at one number of calls: MNIST-Fréchet at 256 samples, how far that is above 256 real digits, and the
    share of clear digits."""

    sampler: str
    calls: int
    frechet: Interval
    excess: Interval
    clear: float


@dataclass(frozen=True, eq=False)
class FastTable:
    """Few steps of fast samplers beside many of DDPM. cells: the nearest first."""

    cells: tuple[FastCell, ...]
    command: str


@lru_cache(maxsize=1)
def fast_table() -> FastTable:
    """As `benchmarks.ddim_table` measured it."""
    table = recorded("fast-table")
    cells, floor = [], _floors(table)[256]
    for key, cell in table["cells"].items():
        frechet = Interval(*cell["equal"])
        cells.append(FastCell(key.rsplit(" ", 1)[0], cell["calls"], frechet, excess(frechet, floor), cell["clear"]))
    return FastTable(tuple(sorted(cells, key=lambda cell: cell.frechet)), table["command"])


@dataclass(frozen=True, eq=False)
class GuidanceTradeOff:
    """What guidance gains and costs, for each of K kinds at S scales.

    kinds: their titles. scales: (S,). read_as_asked: the share read as the digit asked for; excess: by how much
    MNIST-Fréchet is above that of as many real digits; precision, recall: shares of drawn and of real digits within
    reach of the others; all (K, S). real_precision, real_recall: of real digits. samples: of each cell.
    """

    kinds: tuple[str, ...]
    scales: Array
    read_as_asked: Estimates
    excess: Estimates
    precision: Array
    recall: Array
    real_precision: float
    real_recall: float
    samples: int
    command: str


@lru_cache(maxsize=1)
def guidance_trade_off() -> GuidanceTradeOff:
    """As `benchmarks.guidance` measured it."""
    table = recorded("guidance")
    kinds, count, real = table["kinds"], table["samples"], table["real"]

    def cells(measure: str) -> Array:
        return np.array([[cell[measure] for cell in scales.values()] for scales in kinds.values()], dtype=float)

    shares = np.array([[share_interval(share, count) for share in row] for row in cells("asked")])
    floor = Interval(*real["frechet"])  # of as many
    above = [[excess(Interval(*cell), floor) for cell in row] for row in cells("frechet")]
    return GuidanceTradeOff(
        tuple(kinds),
        np.array([float(scale) for scale in next(iter(kinds.values()))]),
        Estimates.of(shares),
        Estimates.of(np.array(above)),
        cells("precision"),
        cells("recall"),
        real["precision"],
        real["recall"],
        count,
        table["command"],
    )


def share_interval(share: float, count: int) -> Interval:
    """A share of `count` with its 95 % interval by the normal approximation, no narrower than that of half a one."""
    half = 1.96 * share_error(share, count)
    return Interval(share, share - half, share + half)


def recorded(name: str) -> dict[str, Any]:
    """What a benchmark measured and wrote into the folder of the digits' networks, with its command."""
    table: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return table


def _tiles(name: str) -> dict[str, Array]:
    with np.load(FOLDER / f"{name}.npz") as file:
        return {key: file[key].astype(np.float64) / 255 for key in file.files}


def _floors(table: Mapping[str, Any]) -> dict[int, Interval]:
    return {int(count): Interval(*interval) for count, interval in table["floors"].items()}
