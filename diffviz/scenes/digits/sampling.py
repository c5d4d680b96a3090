"""Digits out of noise: one sampler seen from inside, or several side by side from the same noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from diffviz.experiments.clock import clock_positions as clock
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import brownian_path as path
from diffviz.metrics import ClassifierOutput, classify_images
from diffviz.networks import ClassifierNetwork
from diffviz.player import Scene
from diffviz.protocols import Schedule, ScoreModel
from diffviz.samplers import prior, sample
from diffviz.scenes.digits.tiles import SPREAD, chosen, ink, pane, path_pane, signed
from diffviz.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Drawing:
    """What one lane drew, and what a classifier makes of it."""

    lane: Lane
    run: Trajectory
    seen: ClassifierOutput

    @property
    def note(self) -> str:
        """Calls as counted, and the share of clear digits with its standard error."""
        return f"{self.run.nfe} calls · {self.lane.grid.title} · {clear(self.seen.clear, len(self.seen.label))}"


def clear(share: float, count: int) -> str:
    """A share of `count` digits, with its standard error, in words."""
    error = math.sqrt(max(share * (1 - share), 0.25 / count) / count)
    return f"{share:.0%} ± {error:.0%} clear"


def draw(
    lane: Lane,
    model: ScoreModel,
    judge: ClassifierNetwork,
    shape: tuple[int, ...],
    seed: int,
    given: Callable[[], Tensor],
) -> Drawing:
    """Sample images of `shape` (B, C, H, W); every lane of a seed starts from, and follows, the same noise.

    given: makes (n, C, H, W) real ones, for a sampler that first measures the model on them.
    """
    schedule = model.schedule
    noise = path(schedule, shape, seed)
    sampler = lane.sampler.fitted(model, given(), seed) if lane.sampler.measures else lane.sampler
    run = sample(sampler, model, prior(schedule, noise), lane.grid.times(schedule, lane.steps), noise)
    return Drawing(lane, run, classify_images(judge, run.final))


def inside(drawing: Drawing, schedule: Schedule) -> Scene:
    """State, denoised image, noise and score of one run on one clock."""
    run = drawing.run
    kept = chosen(len(run.t))
    asked = [min(k, len(run.x0) - 1) for k in kept]  # at the last node nothing is asked any more
    t = run.t[asked]
    alpha, sigma = (np.asarray(f(t)) for f in (schedule.alpha, schedule.sigma))
    x, x0 = run.x[asked], run.x0[asked]
    eps = (x - x0.new_tensor(alpha).reshape(-1, 1, 1, 1, 1) * x0) / x0.new_tensor(sigma).reshape(-1, 1, 1, 1, 1)
    when = clock(run.t, schedule)[kept]
    times = run.t[kept]
    panes = [
        pane(ink(run.x[kept]), "State xₜ", notes=[f"t = {t:.3f}" for t in times], clock=when),
        pane(
            ink(x0),
            "Denoised x̂₀",
            notes=[f"E[x₀ | xₜ], α = {a:.2f}" for a in alpha],
            clock=when,
        ),
        pane(signed(eps), "Noise ε̂", notes=[f"black and white are ±{SPREAD:g}"] * len(kept), clock=when),
        pane(
            signed(-eps),
            "Score −ε̂/σ",
            notes=[f"black and white are ±{SPREAD / s:.3g}" for s in sigma],
            clock=when,
        ),
    ]
    return Scene(
        panes,
        columns=4,
        clock_values=[schedule.t_max, schedule.t_min],
        clock_label="t",
        seconds=6,
        description=f"{len(drawing.seen.label)} digits drawn by {drawing.lane.title}: state, denoised, noise and score",
    )


def compare(drawings: Sequence[Drawing], schedule: Schedule) -> Scene:
    """The states of each lane, from the same noise, on one clock."""
    panes = [path_pane(each.run, schedule, each.lane.title, each.note) for each in drawings]
    ends = [schedule.t_max, schedule.t_min]
    return Scene(
        panes,
        columns=min(len(panes), 3),
        clock_values=ends,
        clock_label="t",
        seconds=6,
        description=f"Digits from the same noise by {', '.join(d.lane.title for d in drawings)}",
    )
