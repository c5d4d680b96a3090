"""Digits out of noise: what one sampler draws with the shipped network, and what a classifier makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from diffviz.config import Config, Range
from diffviz.data import MNIST, ImageSet
from diffviz.estimate import share_error
from diffviz.experiments.digits.images import load_images
from diffviz.experiments.digits.path import SamplePath
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import brownian_path
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.pretrained.digits import classifier, score_network
from diffviz.protocols import Array
from diffviz.samplers import DPMSolverPP2M, Sampler, prior, sample
from diffviz.scores.counted import CountedScore
from diffviz.trajectory import Trajectory

GIVEN = 500  # real digits for a sampler that first measures the network


@dataclass(frozen=True)
class DigitLaneConfig(Config):
    """One sampler that draws digits.

    lane: its sampler, grid and steps; its source is not asked, the shipped network of digits is. images: whose test
    part is given to a sampler that first measures the network on data; others need none.
    """

    lane: Lane = field(default_factory=lambda: Lane(DPMSolverPP2M(), UniformTime(), 20))
    count: Annotated[int, Range(1, 1_000, label="Digits", log=True, help="How many are drawn.")] = 25
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the noise that all panes share.")] = 0
    images: ImageSet = field(default_factory=MNIST)


@dataclass(frozen=True, eq=False)
class DigitLaneResult:
    """What one sampler drew.

    path: its states are (F, count, 1, 28, 28), of a long run those that are shown. label, confidence: (count,) the
    classifier's likeliest digit and its probability. clear: share of digits whose probability is above 0.9.
    """

    config: DigitLaneConfig
    path: SamplePath
    label: Array
    confidence: Array
    clear: float

    @property
    def clear_error(self) -> float:
        """Standard error of that share, not below that of half a digit."""
        return share_error(self.clear, len(self.label))


def run_digit_lane(config: DigitLaneConfig) -> DigitLaneResult:
    """Draw digits; every lane of a seed starts from, and follows, the same noise.

    Raises `ConfigError` if the sampler must measure the network on images that cannot be had.
    """
    run = draw_digits(fitted_sampler(config), config.lane, config.count, config.seed)
    output = classify_images(classifier(), run.final)
    path = SamplePath.of(run, score_network().schedule).thinned()
    return DigitLaneResult(config, path, output.label, output.confidence, output.confident_share)


def fitted_sampler(config: DigitLaneConfig) -> Sampler:
    """The lane's sampler, having measured the network on real digits where it needs to."""
    sampler = config.lane.sampler
    if not sampler.measures:
        return sampler
    return sampler.fitted(score_network().bfloat16(), load_images(config.images, "test").points[:GIVEN], config.seed)


def draw_digits(sampler: Sampler, lane: Lane, count: int, seed: int) -> Trajectory:
    """`count` digits by the shipped network, with a sampler that is ready, on the lane's grid and steps."""
    model = CountedScore(score_network().bfloat16(), sampler.calls(lane.steps))
    schedule = model.schedule
    noise = brownian_path(schedule, (count, 1, 28, 28), seed)
    return sample(sampler, model, prior(schedule, noise), lane.grid.times(schedule, lane.steps), noise)
