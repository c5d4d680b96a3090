"""Samplers side by side: one model, one starting noise, one clock, and a distance to the data under each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffviz.config import Choice, Range
from diffviz.data import Dataset
from diffviz.grids import Grid
from diffviz.metrics import Floor, floor, sliced_w2
from diffviz.noise import BrownianPath
from diffviz.player import Pane, Points, Scene, Trails
from diffviz.player.layers import Layer
from diffviz.prediction import Array, Schedule, ScoreModel
from diffviz.samplers import Sampler, prior, sample

GROUPS, SIZE = 4, 1_000  # distances are measured on GROUPS independent groups of SIZE particles; the first is shown
TRAILS, MARKS = 40, (0, 1)
EXTENT = (-2.7, 2.7, -2.7, 2.7)
SURE = 3.0  # standard errors beyond which a difference is called one
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
    distances: (GROUPS,) sliced W2 of each group to fresh data; not finite where the run diverged.
    """

    lane: Lane
    t: Array
    x: Array
    nfe: int
    distances: Array

    @property
    def distance(self) -> float:
        """Mean over the groups."""
        return float(self.distances.mean())

    @property
    def error(self) -> float:
        """Standard error of that mean."""
        return _error(self.distances)


def _error(values: Array) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values))) if np.isfinite(values).all() else math.inf


def fresh(dataset: Dataset, seed: int) -> list[Array]:
    """GROUPS sets of SIZE fresh normalised points, (SIZE, 2) each, what samples are compared with."""
    normalisation = dataset.normalisation
    return [normalisation.apply(dataset.draw(SIZE, _REAL + GROUPS * seed + k)) for k in range(GROUPS)]


def real_floor(dataset: Dataset) -> Floor:
    """The distance of real data from real data at SIZE points, from 40 pairs of fresh sets."""
    normalisation = dataset.normalisation
    return floor(sliced_w2, lambda n, seed: normalisation.apply(dataset.draw(n, _FLOOR + seed)), SIZE, pairs=40)


def run(lane: Lane, model: ScoreModel, real: Sequence[Array], seed: int) -> Outcome:
    """Sample GROUPS x SIZE particles; every lane of the same seed starts from, and follows, the same noise."""
    schedule = model.schedule
    ends = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
    noise = BrownianPath(seed, (GROUPS * SIZE, 2), *ends)
    found = sample(lane.sampler, model, prior(schedule, noise), lane.grid.times(schedule, lane.steps), noise)
    final = found.final.numpy()
    groups = [final[k * SIZE : (k + 1) * SIZE] for k in range(GROUPS)]
    distances = np.array(
        [sliced_w2(g, r) if np.isfinite(g).all() else math.inf for g, r in zip(groups, real, strict=True)]
    )
    return Outcome(lane, found.t, found.x[:, :SIZE].numpy().astype(np.float64), found.nfe, distances)


def compose(outcomes: Sequence[Outcome], real: Array, schedule: Schedule) -> Scene:
    """The scene: a pane an outcome, over the data (M, 2), on a clock even in t."""
    return Scene(
        [_pane(outcome, real, schedule) for outcome in outcomes],
        columns=3 if len(outcomes) in (3, 5, 6) else 2,
        clock_values=[schedule.t_max, schedule.t_min],
        clock_label="t",
        seconds=6.0,
        marks=MARKS,
        description="The same noise turned into data by "
        + ", ".join(outcome.lane.title for outcome in outcomes)
        + ", on one clock.",
    )


def _pane(outcome: Outcome, real: Array, schedule: Schedule) -> Pane:
    clock = ((schedule.t_max - outcome.t) / (schedule.t_max - schedule.t_min)).clip(0.0, 1.0)
    clock[0], clock[-1] = 0.0, 1.0
    x = outcome.x
    layers: list[Layer] = [
        Points(real[None], color="data", size=1.2, opacity=0.25, follow=False),
        Trails(x, ids=range(TRAILS), color="model", width=0.8, opacity=0.25),
        Points(x, color="model", size=1.5, opacity=0.75),
        *(Points(_nodes(x[:, mark]), color=f"mark-{k + 1}", size=2.4, follow=False) for k, mark in enumerate(MARKS)),
    ]
    return Pane(layers, title=outcome.lane.title, note=note(outcome), extent=EXTENT, clock=clock)


def _nodes(path: Array) -> Array:
    """The nodes visited so far (F, F, 2) of one path (F, 2): those to come are nowhere yet."""
    shown = np.tile(path, (len(path), 1, 1))
    shown[np.triu_indices(len(path), 1)] = math.nan
    return shown


def note(outcome: Outcome) -> str:
    """Calls as counted, and the distance with its standard error."""
    return f"{outcome.nfe} calls · {outcome.lane.grid.title} · W₂ {told(outcome.distance, outcome.error)}"


def told(mean: float, error: float) -> str:
    """A measured value with its standard error, both to the error's last useful digit."""
    if not math.isfinite(mean):
        return "diverged"
    digits = min(3, max(0, 1 - math.floor(math.log10(error)))) if error > 0 else 3
    return f"{mean:.{digits}f} ± {error:.{digits}f}"


def beyond(worse: Array, better: Array) -> bool:
    """Whether `worse` is further from the data than `better` by more than SURE standard errors.

    Both (GROUPS,), measured with the same noise against the same data: their differences are what varies, not they.
    """
    gap = worse - better
    if not np.isfinite(gap).all():
        return not bool(np.isfinite(worse).all()) and bool(np.isfinite(better).all())
    return float(gap.mean()) > SURE * _error(gap)


def ranking(outcomes: Sequence[Outcome], bottom: Floor) -> str:
    """The outcomes by distance, nearest first, as a Markdown table that ends with real data against real data."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.distance)
    best = ordered[0]
    one_grid = len({outcome.lane.grid for outcome in outcomes}) == 1
    rows = ["| sampler | steps | calls | distance to data | from the nearest |", "|---|---:|---:|---:|---|"]
    for outcome in ordered:
        gap = outcome.distances - best.distances
        if outcome is best:
            verdict = "nearest"
        elif not beyond(outcome.distances, best.distances):
            verdict = "no visible difference"
        elif math.isfinite(outcome.distance):
            verdict = f"+{told(float(gap.mean()), _error(gap))}"
        else:
            verdict = "left the plane"
        lane, distance = outcome.lane, told(outcome.distance, outcome.error)
        name = lane.title if one_grid else f"{lane.title} · {lane.grid.title}"
        cells = (name, lane.steps, outcome.nfe, distance, verdict)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    rows.append(f"| *real data* | | | *{told(bottom.mean, bottom.error)}* | *as near as samples get* |")
    return "\n".join(rows)
