"""The race: samplers on one problem, from one starting noise, and how far each ends from the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from diffviz.config import Config, ConfigError
from diffviz.estimate import standard_error
from diffviz.experiments.clock import clock_positions
from diffviz.experiments.lane import AnyLane, Lane
from diffviz.experiments.problem import GROUPS, SIZE, Problem, brownian_path
from diffviz.metrics import Coverage, Floor, Metric, SlicedWasserstein, mode_coverage
from diffviz.protocols import Array
from diffviz.samplers import DDIM, DDPM, DPMSolverPP2M

SIGNIFICANT = 3.0  # standard errors beyond which a difference is called one


@dataclass(frozen=True)
class RaceConfig(Config):
    """Lanes on one problem, and the distance by which they are ranked. Raises `ConfigError` without a lane.

    Each lane asks the score of its own source; the problem gives the data, the seed and what samples are compared with.
    """

    problem: Problem = field(default_factory=Problem)
    lanes: tuple[AnyLane, ...] = (Lane(DDPM()), Lane(DDIM()), Lane(DPMSolverPP2M()))
    metric: Metric = field(default_factory=SlicedWasserstein)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.lanes:
            raise ConfigError("A race needs at least one lane.")


@dataclass(frozen=True, eq=False)
class LaneResult:
    """What came of a lane; everything in normalised units.

    t, sigma, lam: (N+1,) visited times with their noise levels. t_range: t_max and t_min of the lane's own schedule.
    clock: (N+1,) where the times stand on a clock even in t, rising in [0, 1]. x: (N+1, SIZE, 2) the particles to be
    shown, the first group. nfe: counted calls. distances: (GROUPS,) of each group to fresh data; infinite where the run
    diverged. final: (GROUPS SIZE, 2) all samples. coverage: of the data's modes by each group, if they have a closed
    form. trained: the CPU seconds in which a student learned from the network; None for a sampler.
    """

    lane: AnyLane
    t: Array
    sigma: Array
    lam: Array
    t_range: tuple[float, float]
    clock: Array
    x: Array
    nfe: int
    distances: Array
    final: Array
    coverage: tuple[Coverage, ...]
    trained: float | None = None

    @property
    def distance(self) -> float:
        """Mean over the groups."""
        return float(self.distances.mean())

    @property
    def error(self) -> float:
        """Standard error of that mean."""
        return standard_error(self.distances)


@dataclass(frozen=True, eq=False)
class RaceResult:
    """Every lane's result, and what real data are apart among themselves.

    lanes: in the configuration's order. floor: the distance of other fresh data from those that samples are compared
    with. real: these, GROUPS sets (SIZE, 2). coverage: of the modes by them, if the data have a closed form.
    """

    config: RaceConfig
    lanes: tuple[LaneResult, ...]
    floor: Floor
    real: tuple[Array, ...]
    coverage: tuple[Coverage, ...]

    @property
    def ranked(self) -> tuple[LaneResult, ...]:
        """The lanes, nearest to the data first."""
        return tuple(sorted(self.lanes, key=lambda lane: lane.distance))

    @property
    def nearest(self) -> tuple[LaneResult, ...]:
        """The lanes without a visible difference from the nearest, that one first."""
        first, *others = self.ranked
        return (first, *(lane for lane in others if not significantly_worse(lane.distances, first.distances)))


def run_race(config: RaceConfig) -> RaceResult:
    """Run every lane and measure the floor."""
    lanes = [run_lane(config.problem, lane, config.metric) for lane in config.lanes]
    return assemble_race(config, lanes, config.problem.floor(config.metric))


def run_lane(problem: Problem, lane: AnyLane, metric: Metric) -> LaneResult:
    """Sample GROUPS x SIZE particles; all lanes on problems of one seed start from, and follow, the same noise."""
    runner = lane.fitted(problem).runner(problem)
    schedule = runner.schedule
    run = runner.run(brownian_path(schedule, (GROUPS * SIZE, 2), problem.seed))
    groups = np.split(run.final.numpy(), GROUPS)
    distances = [
        metric(group, real) if np.isfinite(group).all() else math.inf
        for group, real in zip(groups, problem.real, strict=True)
    ]
    return LaneResult(
        lane=lane,
        t=run.t,
        sigma=schedule.sigma(run.t),
        lam=schedule.lam(run.t),
        t_range=(schedule.t_max, schedule.t_min),
        clock=clock_positions(run.t, schedule),
        x=run.x[:, :SIZE].double().numpy(),
        nfe=run.nfe,
        distances=np.array(distances),
        final=run.final.double().numpy(),
        coverage=_coverage(problem, groups),
        trained=runner.trained,
    )


def assemble_race(config: RaceConfig, lanes: Sequence[LaneResult], floor: Floor) -> RaceResult:
    """A race from lanes that have been run, one for each of the configuration's, and the floor of its metric."""
    real = tuple(config.problem.real)
    return RaceResult(config, tuple(lanes), floor, real, _coverage(config.problem, real))


def _coverage(problem: Problem, groups: Sequence[Array]) -> tuple[Coverage, ...]:
    return () if problem.mixture is None else tuple(mode_coverage(group, problem.mixture) for group in groups)


def significantly_worse(worse: Array, better: Array) -> bool:
    """Whether distances `worse` exceed `better` by more than SIGNIFICANT standard errors on average; both (GROUPS,).

    Both were measured with the same noise against the same data: their differences are what varies, not they.
    """
    gap = worse - better
    if not np.isfinite(gap).all():
        return not bool(np.isfinite(worse).all()) and bool(np.isfinite(better).all())
    return float(gap.mean()) > SIGNIFICANT * standard_error(gap)
