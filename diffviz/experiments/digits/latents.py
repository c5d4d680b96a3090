"""Latents of digits: encoded and decoded, walked between, and decoded in several step counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated

import torch

from diffviz.config import Config, Range
from diffviz.data import MNIST, ImageSet
from diffviz.experiments.digits.images import load_images, pixel_rmse
from diffviz.experiments.digits.path import Pixels, SamplePath
from diffviz.grids import Grid, UniformTime
from diffviz.noise import WhiteNoise
from diffviz.parallel import in_parallel
from diffviz.pretrained.digits import unguided_network
from diffviz.samplers import DDIM, Sampler, prior, sample
from diffviz.samplers.probability_flow import decode, encode, spherical_interpolation
from diffviz.scores.counted import CountedScore
from diffviz.trajectory import Trajectory

SHOWN, BETWEEN = 9, 9  # digits encoded, and digits decoded from the arc between the first two latents
STEP_COUNTS, SAME = (4, 8, 16, 32, 64), 9


@dataclass(frozen=True)
class DigitRoundTripConfig(Config):
    """Digits to noise and back by a sampler that draws no noise.

    calls: how many the sampler may make each way; its steps follow from them. first, second: places in the test part of
    `images`; the digits after them in the part make up the number.
    """

    sampler: Sampler = field(default_factory=DDIM)
    grid: Grid = field(default_factory=UniformTime)
    calls: Annotated[
        int, Range(2, 100, label="Network calls each way", log=True, help="To encode, and as many to decode.")
    ] = 40
    first: Annotated[int, Range(0, 99, label="First digit", help="Place in the test set.")] = 0
    second: Annotated[int, Range(0, 99, label="Second digit", help="Place in the test set.")] = 4
    images: ImageSet = field(default_factory=MNIST)


@dataclass(frozen=True, eq=False)
class DigitRoundTripResult:
    """Digits (B, 1, 28, 28) to noise and back, and the arc between the latents of the first two, decoded.

    places: (B,) where the digits stand in the test part. up, down: the two ways; the clock of the first runs from the
    digit. between: (BETWEEN, 1, 28, 28). nfe: calls of both ways. error: root mean square a pixel of what the round
    trip changed, where paper and ink are 2 apart.
    """

    config: DigitRoundTripConfig
    places: tuple[int, ...]
    up: SamplePath
    down: SamplePath
    between: Pixels
    nfe: int
    error: float


def run_digit_round_trip(config: DigitRoundTripConfig) -> DigitRoundTripResult:
    """Encode, decode, and walk along the arc between the first two latents.

    Raises `ConfigError` for a sampler that draws noise, and if the images cannot be had.
    """
    points = load_images(config.images, "test").points
    pair = (config.first, config.second)
    places = (*pair, *(k for k in range(len(points)) if k not in pair))[:SHOWN]
    images = points[list(places)]
    sampler = config.sampler
    steps = sampler.steps_for(config.calls)
    model = CountedScore(unguided_network().bfloat16(), 3 * sampler.calls(steps))  # up, down, and down from the arc
    times = config.grid.times(model.schedule, steps)
    up = encode(sampler, model, images, times)
    arc = spherical_interpolation(up.final[0], up.final[1], torch.linspace(0, 1, BETWEEN))[1:-1]
    fall = partial(decode, sampler, model, grid=times)
    down, walk = in_parallel(partial(fall, latent=up.final), partial(fall, latent=arc))
    first, second = down.final[:2]  # where the arc ends
    between = torch.cat([first[None], walk.final, second[None]])
    falling = SamplePath.of(down, model.schedule)
    rising = replace(SamplePath.of(up, model.schedule), clock=1 - falling.clock[::-1])
    error = pixel_rmse(down.final, images)
    return DigitRoundTripResult(config, places, rising, falling, between.numpy(), up.nfe + down.nfe, error)


@dataclass(frozen=True)
class StepCountsConfig(Config):
    """The same SAME latents decoded in each of STEP_COUNTS."""

    sampler: Sampler = field(default_factory=DDIM)
    grid: Grid = field(default_factory=UniformTime)
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the latents.")] = 0


@dataclass(frozen=True, eq=False)
class StepCountsResult:
    """The same latents decoded in few steps and in many.

    paths: one for each of STEP_COUNTS. distances: root mean square a pixel from the digits of the most steps.
    """

    config: StepCountsConfig
    paths: tuple[SamplePath, ...]
    distances: tuple[float, ...]


def run_step_counts(config: StepCountsConfig) -> StepCountsResult:
    """Decode the latents of a seed in few steps and in many."""
    # What it counts is only told as the share that is done, where two threads may miss one; each run counts for itself.
    model = CountedScore(unguided_network().bfloat16(), sum(map(config.sampler.calls, STEP_COUNTS)))
    noise = WhiteNoise(config.seed, (SAME, 1, 28, 28))

    def decode_in(steps: int) -> Trajectory:
        times = config.grid.times(model.schedule, steps)
        return sample(config.sampler, model, prior(model.schedule, noise), times, noise)

    runs = in_parallel(*(partial(decode_in, steps) for steps in reversed(STEP_COUNTS)))[::-1]
    distances = (pixel_rmse(run.final, runs[-1].final) for run in runs)
    return StepCountsResult(config, tuple(SamplePath.of(run, model.schedule) for run in runs), tuple(distances))
