"""The race: samplers side by side on one model, one starting noise, one clock, and a distance under each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from diffviz.config import Choice, Range
from diffviz.data import Dataset
from diffviz.grids import Grid
from diffviz.metrics import Floor, Metric, SlicedWasserstein, floor
from diffviz.noise import BrownianPath
from diffviz.player import Pane, Points, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.samplers import Sampler, prior, sample

GROUPS, SIZE = 4, 1_000  # distances are measured on GROUPS independent groups of SIZE particles; the first is shown
METRIC = SlicedWasserstein()
TRAILS, MARKS = 40, (0, 1)
EXTENT = (-2.7, 2.7, -2.7, 2.7)
_REAL, _FLOOR = 1_000_000, 2_000_000  # seeds of fresh data, apart from those that trained


@dataclass(frozen=True)
class Lane:
    """What one pane runs."""

    sampler: Sampler
    grid: Grid
    steps: int

    @property
    def title(self) -> str:
        """The sampler's title, with those of its parameters that are not at their defaults."""
        found = self.sampler.title
        for p in self.sampler.parameters():
            value = getattr(self.sampler, p.name)
            if value != p.default:
                told = p.domain.options[value] if isinstance(p.domain, Choice) else p.label
                found += f", {p.label} = {value:g}" if isinstance(p.domain, Range) else f", {told}"
        return found


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a lane.

    t: (N+1,) visited times. x: (N+1, SIZE, 2) the shown particles, normalised units. nfe: counted calls.
    distances: (GROUPS,) of each group to fresh data; not finite where the run diverged. final: (GROUPS SIZE, 2) all
    samples.
    """

    lane: Lane
    t: Array
    x: Array
    nfe: int
    distances: Array
    final: Array

    @property
    def distance(self) -> float:
        """Mean over the groups."""
        return float(self.distances.mean())

    @property
    def error(self) -> float:
        """Standard error of that mean."""
        return standard_error(self.distances)


def standard_error(values: Array) -> float:
    """Of the mean of a few values; infinite if one of them is."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if np.isfinite(values).all() else math.inf


def told(mean: float, error: float) -> str:
    """A measured value with its standard error, both to the error's last useful digit."""
    if not math.isfinite(mean):
        return "diverged"
    digits = min(3, max(0, 1 - math.floor(math.log10(error)))) if error > 0 else 3
    return f"{mean:.{digits}f} ± {error:.{digits}f}"


def fresh(dataset: Dataset, seed: int) -> list[Array]:
    """GROUPS sets of SIZE fresh normalised points, (SIZE, 2) each, what samples are compared with."""
    normalisation = dataset.normalisation
    return [normalisation.apply(dataset.draw(SIZE, _REAL + GROUPS * seed + k)) for k in range(GROUPS)]


def real_floor(dataset: Dataset, metric: Metric, real: Sequence[Array]) -> Floor:
    """The distance of other fresh data from the very sets that samples are compared with, SIZE points each."""
    normalisation, turns = dataset.normalisation, itertools.cycle(real)
    return floor(
        lambda fresh, _: metric(fresh, next(turns)),
        lambda n, seed: normalisation.apply(dataset.draw(n, _FLOOR + seed)),
        SIZE,
        pairs=metric.pairs,
    )


def run(lane: Lane, model: ScoreModel, real: Sequence[Array], seed: int, metric: Metric = METRIC) -> Outcome:
    """Sample GROUPS x SIZE particles; every lane of the same seed starts from, and follows, the same noise."""
    schedule = model.schedule
    noise = path(schedule, (GROUPS * SIZE, 2), seed)
    sampler = lane.sampler.fitted(model, torch.from_numpy(real[0]).float(), seed)
    found = sample(sampler, model, prior(schedule, noise), lane.grid.times(schedule, lane.steps), noise)
    final = found.final.numpy()
    groups = [final[k * SIZE : (k + 1) * SIZE] for k in range(GROUPS)]
    distances = np.array(
        [metric(g, r) if np.isfinite(g).all() else math.inf for g, r in zip(groups, real, strict=True)]
    )
    shown = found.x[:, :SIZE].numpy().astype(np.float64)
    return Outcome(lane, found.t, shown, found.nfe, distances, final.astype(np.float64))


def path(schedule: Schedule, shape: tuple[int, ...], seed: int, dtype: torch.dtype = torch.float32) -> BrownianPath:
    """The Brownian path of a seed over the whole of a schedule, which runs of any step size follow."""
    ends = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
    return BrownianPath(seed, shape, *ends, dtype=dtype)


def compose(outcomes: Sequence[Outcome], real: Array, schedule: Schedule) -> Scene:
    """The scene: a pane an outcome, over the data (M, 2), on a clock even in t; titled by what tells them apart."""
    one = len({repr(outcome.lane.sampler) for outcome in outcomes}) == 1 < len(outcomes)
    titles = [outcome.lane.grid.title if one else outcome.lane.title for outcome in outcomes]
    return Scene(
        [_pane(outcome, title, real, schedule) for outcome, title in zip(outcomes, titles, strict=True)],
        columns=3 if len(outcomes) in (3, 5, 6) else 2,
        clock_values=[schedule.t_max, schedule.t_min],
        clock_label="t",
        seconds=6.0,
        marks=MARKS,
        description="The same noise turned into data by "
        + ", ".join(outcome.lane.title for outcome in outcomes)
        + ", on one clock.",
    )


def _pane(outcome: Outcome, title: str, real: Array, schedule: Schedule) -> Pane:
    x = outcome.x
    layers: list[Layer] = [
        Points(real[None], color="data", size=1.2, opacity=0.25, follow=False),
        Trails(x, ids=range(TRAILS), color="model", width=0.8, opacity=0.25),
        Points(x, color="model", size=1.5, opacity=0.75),
        *(Points(_nodes(x[:, mark]), color=f"mark-{k + 1}", size=2.4, follow=False) for k, mark in enumerate(MARKS)),
    ]
    return Pane(layers, title=title, note=note(outcome), extent=EXTENT, clock=clock(outcome.t, schedule))


def clock(t: Array, schedule: Schedule) -> Array:
    """Where visited times (F,) stand on a clock even in t from t_max; even steps where the time does not move."""
    if t[0] == t[-1]:
        return np.linspace(0.0, 1.0, len(t))
    found = ((schedule.t_max - t) / (schedule.t_max - schedule.t_min)).clip(0.0, 1.0)
    found[0], found[-1] = 0.0, 1.0
    return found


def _nodes(path: Array) -> Array:
    """The nodes visited so far (F, F, 2) of one path (F, 2): those to come are nowhere yet."""
    shown = np.tile(path, (len(path), 1, 1))
    shown[np.triu_indices(len(path), 1)] = math.nan
    return shown


def note(outcome: Outcome) -> str:
    """Calls as counted, and the distance with its standard error."""
    return f"{outcome.nfe} calls · {outcome.lane.grid.title} · {told(outcome.distance, outcome.error)}"
