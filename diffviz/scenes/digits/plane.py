"""Guidance in the plane, where everything is exact: the classifier's gradient, and what guidance makes of a class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from diffviz.data import GaussianMixture
from diffviz.experiments.clock import clock_positions as clock
from diffviz.grids import UniformLogSNR
from diffviz.metrics import sliced_w2
from diffviz.noise import Stream, WhiteNoise, stream
from diffviz.player import Arrows, Pane, Points, Scene
from diffviz.protocols import Array, Schedule
from diffviz.samplers import DDIM, prior, sample
from diffviz.scenes.digits.tiles import chosen
from diffviz.scenes.race import EXTENT
from diffviz.scores.guided import ClassifierGuided, LabelledMixture

COUNT, STEPS, SIDE, CLASSES = 1_500, 100, 19, 3


def labelled(mixture: GaussianMixture, schedule: Schedule) -> LabelledMixture:
    """CLASSES classes, the components dealt in turn, so that every class has neighbours of the others."""
    classes = min(CLASSES, len(mixture.weights))
    return LabelledMixture(schedule, mixture, tuple(k % classes for k in range(len(mixture.weights))))


@dataclass(frozen=True, eq=False)
class GuidedRun:
    """What guidance does to a class. t: (F,). guided: (F, COUNT, 2) states. tilted: (COUNT, 2) of p(x) p(y | x)^scale.

    arrows: (F, SIDE², 2), grad log p(y | x_t) at `places`. apart, floor: sliced W2 of guided from tilted, and of
    tilted from other honest draws, on average.
    """

    t: Array
    guided: Array
    tilted: Array
    places: Array
    arrows: Array
    apart: float
    floor: float


def bend(known: LabelledMixture, label: int, scale: float, seed: int) -> GuidedRun:
    """Sample the exactly guided score by 100 steps of DDIM, and draw honestly from what its name promises."""
    schedule = known.schedule
    gradient = known.gradient(label)
    model = ClassifierGuided(known.plain(), gradient, scale)
    noise = WhiteNoise(seed, (COUNT, 2))
    times = UniformLogSNR().times(schedule, STEPS)
    run = sample(DDIM(), model, prior(schedule, noise), times, noise)
    kept = chosen(len(run.t), 51)
    line = np.linspace(EXTENT[0], EXTENT[1], SIDE) * 0.95
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    there = torch.from_numpy(places).float()
    arrows = np.stack([_short(gradient(there, float(t)).double().numpy(), line[1] - line[0]) for t in run.t[kept]])
    tilted, *others = (tilt(known, label, scale, COUNT, 5 * seed + k) for k in range(5))
    floor = float(np.mean([sliced_w2(tilted, other) for other in others]))
    guided = run.x[kept].double().numpy()
    return GuidedRun(run.t[kept], guided, tilted, places, arrows, sliced_w2(guided[-1], tilted), floor)


def tilt(known: LabelledMixture, label: int, scale: float, count: int, seed: int) -> Array:
    """Honest draws of p(x) p(y | x)^scale, by rejection: from p(x | y), accepted with p(y | x)^(scale - 1).

    Below scale 1 from p(x), accepted with p(y | x)^scale.
    """
    of, power = (known.only(label), scale - 1) if scale >= 1 else (known.mixture, scale)
    found: list[Array] = []
    for k in range(1_000):
        points = of.draw(4 * count, 1_000_003 * seed + k)
        accept = known.posterior(label, torch.from_numpy(points)).numpy() ** power
        found.append(points[stream(seed, k, 0, Stream.REJECTION).random(len(points)) < accept])
        if sum(map(len, found)) >= count:
            break
    return np.concatenate(found)[:count]


def _short(vectors: Array, cell: float) -> Array:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors * (0.95 * cell / (1 + length)))


def compose(known: LabelledMixture, label: int, scale: float, multistep_update: GuidedRun) -> Scene:
    """The gradient, the guided samples, and the distribution that is promised."""
    points = known.mixture.draw(2_000, 1)
    whole = Points(points[None], "data", size=1.1, opacity=0.25, follow=False)
    when = clock(multistep_update.t, known.schedule)
    states = Points(multistep_update.guided, "model", size=1.5)
    panes = [
        Pane(
            [states, Arrows(multistep_update.places, multistep_update.arrows, "exact")],
            "Classifier gradient",
            notes=[f"∇ log p(y | x) at t = {t:.2f}" for t in multistep_update.t],
            extent=EXTENT,
            clock=when,
        ),
        Pane(
            [whole, states],
            "Guided",
            f"sliced W₂ {multistep_update.apart:.3f} from promised, floor {multistep_update.floor:.3f}",
            EXTENT,
            when,
        ),
        Pane(
            [whole, Points(multistep_update.tilted[None], "exact", size=1.5, follow=False)],
            "Promised",
            f"honest draws of p(x) p(y | x) to the power {scale:g}",
            EXTENT,
        ),
    ]
    return Scene(
        panes,
        columns=3,
        clock_values=[known.schedule.t_max, known.schedule.t_min],
        clock_label="t",
        seconds=6,
        description=f"Guidance towards class {label + 1} of a mixture, exact, beside the distribution it stands for",
    )
