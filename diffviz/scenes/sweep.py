"""Quality against cost: samplers over budgets, measured cell by cell in the background."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from diffviz.config import ConfigError
from diffviz.grids import Grid
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import Sampler, prior, sample

SOON = (2, 3, 5, 7, 10, 15, 25, 50)  # budgets measured first, all of them once before any again
LATER = (100, 200, 500, 1000)
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)  # of adaptive samplers, which have no budget
REPEATS, SIZE = 4, 1_000
_PATIENCE = 20.0  # seconds without a look after which nobody is waiting
_CORES = threading.BoundedSemaphore(os.cpu_count() or 1)

Measure = Callable[[Array, int], float]  # samples (SIZE, 2) and which repeat they are of -> distance


class Cell(NamedTuple):
    """One sampler at one budget: `lane` is its index, `sampler` and `steps` what runs."""

    lane: int
    sampler: Sampler
    steps: int


@dataclass(frozen=True, eq=False)
class Series:
    """One sampler's measured points, by rising cost.

    nfe: (n,) counted calls. steps: (n,). mean, error: (n,) distance and its standard error over repeats (NaN for one);
    infinite where the run left the plane.
    """

    nfe: Array
    steps: Array
    mean: Array
    error: Array


def cells(samplers: Sequence[Sampler], budgets: Sequence[int]) -> list[Cell]:
    """What is run for these budgets, cheapest first; a sampler is left out of budgets too small for one step."""
    found: list[Cell] = []
    for budget in budgets:
        for lane, sampler in enumerate(samplers):
            steps = sampler.steps_for(budget)
            if not sampler.adaptive and sampler.calls(steps) <= budget:
                found.append(Cell(lane, sampler, steps))
    if SOON[0] in budgets:
        found += [
            Cell(lane, replace(sampler, **{"tolerance": tolerance}), 1)  # noqa: PIE804  only adaptive samplers have it
            for lane, sampler in enumerate(samplers)
            if sampler.adaptive
            for tolerance in TOLERANCES
        ]
    return list(dict.fromkeys(found))


class Sweep:
    """Runs in a thread of its own from `start` until done, stopped, or not looked at for a while.

    points: (n, 2) data from which a sampler may measure what it must know. measure tells the distance of samples to
    data; each of REPEATS repeats has its own noise. Results come in cell by cell: `series` is what is known so far.
    """

    def __init__(
        self, samplers: Sequence[Sampler], grid: Grid, model: ScoreModel, points: Array, measure: Measure, seed: int
    ) -> None:
        self.samplers, self.grid, self.model, self.seed = tuple(samplers), grid, model, seed
        self._points, self._measure = points, measure
        self._found: dict[Cell, list[tuple[int, float]]] = {}
        self._soon = [(cell, k) for k in range(REPEATS) for cell in cells(samplers, SOON)]
        self._later = [(cell, k) for cell in cells(samplers, LATER) for k in range(REPEATS)]
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._looked = time.monotonic()
        self._thread: threading.Thread | None = None
        self.seconds = math.nan  # until every cell of the first budgets had two repeats

    @property
    def total(self) -> int:
        """How many cells there are to run, repeats counted."""
        return len(self._soon) + len(self._later)

    @property
    def done(self) -> int:
        """How many of them have been run."""
        with self._lock:
            return sum(map(len, self._found.values()))

    @property
    def running(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, or go on after nobody looked for a while."""
        self._looked = time.monotonic()
        if not self.running and self.done < self.total:
            self._ended.clear()
            self._thread = threading.Thread(target=self._work, name="diffviz-sweep", daemon=False)
            self._thread.start()

    def stop(self) -> None:
        """End after the cell that is being run."""
        self._ended.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread to end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def series(self) -> list[Series]:
        """What is known of each sampler, in the order given; touches the sweep."""
        self._looked = time.monotonic()
        with self._lock:
            known = {cell: list(values) for cell, values in self._found.items()}
        found = []
        for lane in range(len(self.samplers)):
            rows = sorted(
                (values[0][0], cell.steps, [v for _, v in values])
                for cell, values in known.items()
                if cell.lane == lane
            )
            found.append(Series(*np.array([_row(row) for row in rows], dtype=np.float64).reshape(-1, 4).T))
        return found

    def _work(self) -> None:
        started = time.monotonic()
        for count, (cell, repeat) in enumerate(self._soon + self._later):
            if cell in self._found and repeat < len(self._found[cell]):
                continue
            if self._ended.is_set() or time.monotonic() - self._looked > _PATIENCE or _leaving():
                return
            with _CORES:
                result = self._run(cell, repeat)
            with self._lock:
                self._found.setdefault(cell, []).append(result)
            if count + 1 == 2 * len(self._soon) // REPEATS:
                self.seconds = time.monotonic() - started

    @cached_property
    def _ready(self) -> list[Sampler]:
        points = torch.from_numpy(self._points).float()
        return [sampler.fitted(self.model, points, self.seed) for sampler in self.samplers]

    def _run(self, cell: Cell, repeat: int) -> tuple[int, float]:
        schedule = self.model.schedule
        noise = WhiteNoise(1_000 * self.seed + repeat, (SIZE, 2))
        try:
            times = self.grid.times(schedule, cell.steps)
            sampler = self._ready[cell.lane] if cell.sampler == self.samplers[cell.lane] else cell.sampler
            run = sample(sampler, self.model, prior(schedule, noise), times, noise)
        except ConfigError:  # no room on this grid for so many steps, or an adaptive solver that gave up
            return cell.sampler.calls(cell.steps), math.nan
        final = run.final.numpy()
        return run.nfe, self._measure(final, repeat) if np.isfinite(final).all() else math.inf


def _row(row: tuple[int, int, list[float]]) -> tuple[float, float, float, float]:
    nfe, steps, values = row
    finite = bool(np.isfinite(values).all())
    error = float(np.std(values, ddof=1) / math.sqrt(len(values))) if finite and len(values) > 1 else math.nan
    return nfe, steps, float(np.mean(values)), error


def _leaving() -> bool:
    """Whether the interpreter ends: no thread may be inside torch then."""
    return not threading.main_thread().is_alive()
