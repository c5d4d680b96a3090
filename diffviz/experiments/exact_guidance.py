"""Guidance in the plane, where everything is exact: what it makes of a class, beside what its name promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.config import Config, Range
from diffviz.data import GaussianMixture, MixtureDataset, Ring
from diffviz.experiments.clock import clock_positions
from diffviz.grids import UniformLogSNR
from diffviz.metrics import sliced_w2
from diffviz.noise import Stream, WhiteNoise, stream
from diffviz.protocols import Array, Schedule
from diffviz.samplers import DDIM, prior, sample
from diffviz.schedules import Cosine
from diffviz.scores.guided import ClassifierGuided, LabelledMixture

COUNT, STEPS, CLASSES = 1_500, 100, 3
SIDE, REACH = 19, 2.7  # arrows along each side of the square [-REACH, REACH]², in normalised units
SCALE = Range(0, 10, step=0.25, label="Scale", help="0 ignores the class, 1 asks for it, above 1 exaggerates it.")


@dataclass(frozen=True)
class ExactGuidanceConfig(Config):
    """Guidance towards one class of a mixture. label: the class, from 0; the last one if the mixture has fewer."""

    mixture: MixtureDataset = field(default_factory=Ring)
    label: Annotated[int, Range(0, CLASSES - 1, label="Class", help="The one that is asked for.")] = 0
    scale: Annotated[float, SCALE] = 3.0
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the starting noise.")] = 0


@dataclass(frozen=True, eq=False)
class ExactGuidanceResult:
    """What exact guidance makes of a class, in normalised units.

    label: the class. t, clock: (N+1,) visited times, and where they stand on a clock even in t. ends: t_max and t_min.
    data: (2000, 2) of all classes. guided: (N+1, COUNT, 2) states. tilted: (COUNT, 2) honest draws of
    p(x) p(y | x)^scale. places: (SIDE², 2). gradients: (N+1, SIDE², 2), grad log p(y | x_t) there. distance, floor:
    sliced W2 of guided from tilted, and of tilted from other honest draws, on average.
    """

    config: ExactGuidanceConfig
    label: int
    t: Array
    clock: Array
    ends: tuple[float, float]
    data: Array
    guided: Array
    tilted: Array
    places: Array
    gradients: Array
    distance: float
    floor: float


def labelled_mixture(mixture: GaussianMixture, schedule: Schedule) -> LabelledMixture:
    """CLASSES classes, the components dealt in turn, so that every class has neighbours of the others."""
    classes = min(CLASSES, len(mixture.weights))
    return LabelledMixture(schedule, mixture, tuple(k % classes for k in range(len(mixture.weights))))


def run_exact_guidance(config: ExactGuidanceConfig) -> ExactGuidanceResult:
    """Sample the exactly guided score by 100 steps of DDIM, and draw honestly from what its name promises."""
    schedule, normal = Cosine(), config.mixture.mixture
    assert normal is not None  # every mixture has a closed form
    mixture = labelled_mixture(normal.affine(config.mixture.normalisation), schedule)
    label = min(config.label, max(mixture.labels))
    gradient = mixture.gradient(label)
    model = ClassifierGuided(mixture.plain(), gradient, config.scale)
    noise = WhiteNoise(config.seed, (COUNT, 2))
    times = UniformLogSNR().times(schedule, STEPS)
    run = sample(DDIM(), model, prior(schedule, noise), times, noise)
    line = np.linspace(-REACH, REACH, SIDE) * 0.95
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    there = torch.from_numpy(places).float()
    tilted, *others = (draw_tilted(mixture, label, config.scale, COUNT, 5 * config.seed + k) for k in range(5))
    guided = run.x.double().numpy()
    return ExactGuidanceResult(
        config,
        label,
        run.t,
        clock_positions(run.t, schedule),
        (schedule.t_max, schedule.t_min),
        mixture.mixture.draw(2_000, 1),
        guided,
        tilted,
        places,
        np.stack([gradient(there, float(t)).double().numpy() for t in run.t]),
        sliced_w2(guided[-1], tilted),
        float(np.mean([sliced_w2(tilted, other) for other in others])),
    )


def draw_tilted(mixture: LabelledMixture, label: int, scale: float, count: int, seed: int) -> Array:
    """Honest draws (count, 2) of p(x) p(y | x)^scale, by rejection: from p(x | y), accepted with p(y | x)^(scale - 1).

    Below scale 1 from p(x), accepted with p(y | x)^scale.
    """
    proposal, power = (mixture.only(label), scale - 1) if scale >= 1 else (mixture.mixture, scale)
    accepted: list[Array] = []
    for k in range(1_000):
        points = proposal.draw(4 * count, 1_000_003 * seed + k)
        probability = mixture.posterior(label, torch.from_numpy(points)).numpy() ** power
        accepted.append(points[stream(seed, k, 0, Stream.REJECTION).random(len(points)) < probability])
        if sum(map(len, accepted)) >= count:
            break
    return np.concatenate(accepted)[:count]
