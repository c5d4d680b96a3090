"""Samples of one sampler on one problem, to look at, to compare or to keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from diffviz.config import Config, Range
from diffviz.experiments.lane import AnyLane, Lane
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.protocols import Array


@dataclass(frozen=True)
class SampleConfig(Config):
    """A lane on a problem, and how many samples it draws."""

    problem: Problem = field(default_factory=Problem)
    lane: AnyLane = field(default_factory=Lane)
    count: Annotated[int, Range(1, 100_000, label="Samples", log=True, help="How many points are drawn.")] = 1_000


@dataclass(frozen=True, eq=False)
class SampleResult:
    """t: (N+1,) visited times. samples: (count, 2) in normalised units; raw: the same in the data's own units.

    nfe: counted network calls of a sample.
    """

    config: SampleConfig
    t: Array
    samples: Array
    raw: Array
    nfe: int


def draw_samples(config: SampleConfig) -> SampleResult:
    """Run the lane from noise; the seed reproduces. Raises `ConfigError` for a grid without room."""
    problem, lane = config.problem, config.lane
    runner = lane.fitted(problem).runner(problem)
    run = runner.run(brownian_path(runner.schedule, (config.count, 2), problem.seed))
    samples = run.final.double().numpy()
    return SampleResult(config, run.t, samples, np.asarray(problem.data.normalisation.invert(samples)), run.nfe)
