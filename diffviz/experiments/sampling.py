"""Samples of one sampler on one problem, to look at, to compare or to keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.config import Config, Range
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import Problem, brownian_path
from diffviz.protocols import Array
from diffviz.samplers import prior, sample


@dataclass(frozen=True)
class SampleConfig(Config):
    """A lane on a problem, and how many samples it draws."""

    problem: Problem = field(default_factory=Problem)
    lane: Lane = field(default_factory=Lane)
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
    """Run the lane's sampler from noise; the seed reproduces. Raises `ConfigError` for a grid without room."""
    problem, lane = config.problem, config.lane
    model = lane.source.build(problem)
    noise = brownian_path(model.schedule, (config.count, 2), problem.seed)
    sampler = lane.sampler.fitted(model, torch.from_numpy(problem.real[0]).float(), problem.seed)
    run = sample(sampler, model, prior(model.schedule, noise), lane.grid.times(model.schedule, lane.steps), noise)
    samples = run.final.double().numpy()
    return SampleResult(config, run.t, samples, np.asarray(problem.data.normalisation.invert(samples)), run.nfe)
