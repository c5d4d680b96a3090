"""How fast samplers converge to the exact flow: error over calls, with the slope that a straight line fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from diffviz.grids import Grid
from diffviz.metrics import fitted_order
from diffviz.noise import WhiteNoise
from diffviz.player import Curve, Pane, Scene
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import Sampler, prior, sample
from diffviz.samplers.probability_flow import exact_flow

PARTICLES = 256
BUDGETS = (10, 20, 40, 80, 160, 320)
FITTED = 3  # the slope is of the last so many points that stand clear of the yardstick's own error
CLEAR = 20.0


@dataclass(frozen=True, eq=False)
class Convergence:
    """One sampler's median distance from the exact flow, and its slope over the points that count.

    nfe, error: (n,). slope and its standard error: NaN where fewer than FITTED points stand clear.
    """

    sampler: Sampler
    nfe: Array
    error: Array
    slope: float
    spread: float


def converge(samplers: Sequence[Sampler], grid: Grid, model: ScoreModel, seed: int) -> tuple[list[Convergence], float]:
    """Every sampler at every budget from the same start; also how exact the yardstick itself is."""
    schedule = model.schedule
    noise = WhiteNoise(seed, (PARTICLES, 2), torch.float64)
    start = prior(schedule, noise)
    ends = np.array([schedule.t_max, schedule.t_min])
    truth, half = (exact_flow(model, start, ends, steps)[-1] for steps in (1200, 600))
    doubt = _median(half - truth)
    return [_measure(sampler, grid, model, noise, truth, doubt) for sampler in samplers], doubt


def _measure(
    sampler: Sampler, grid: Grid, model: ScoreModel, noise: WhiteNoise, truth: torch.Tensor, doubt: float
) -> Convergence:
    found = []
    for budget in BUDGETS:
        times = grid.times(model.schedule, sampler.steps_for(budget))
        run = sample(sampler, model, prior(model.schedule, noise), times, noise)
        found.append((run.nfe, _median(run.final - truth)))
    nfe, error = np.array(found, dtype=np.float64).T
    return Convergence(sampler, nfe, error, *_fit(nfe, error, doubt))


def _fit(nfe: Array, error: Array, doubt: float) -> tuple[float, float]:
    clear = np.flatnonzero((error > CLEAR * doubt) & np.isfinite(error))[-FITTED:]
    if len(clear) < FITTED:
        return float("nan"), float("nan")
    order = fitted_order(nfe[clear], error[clear])
    return order.slope, order.error


def _median(difference: torch.Tensor) -> float:
    return float(difference.norm(dim=1).median())


def chart(found: Sequence[Convergence]) -> Scene:
    """Error over calls, both logarithmic; the legend tells the slopes."""
    lines = {label(c): (c.nfe, c.error) for c in found}
    curve = Curve(
        np.array([0.8 * BUDGETS[0], 1.2 * BUDGETS[-1]]),
        lines,
        log_x=True,
        log_y=True,
        x_label="network calls",
        y_label="median distance from the exact flow",
        dots=True,
    )
    description = "Distance from the exact flow over network calls: " + ", ".join(lines)
    return Scene([Pane([curve], aspect=2.1)], columns=1, autoplay=False, description=description)


def label(c: Convergence) -> str:
    """The sampler, and its measured order if there is one."""
    return c.sampler.title if np.isnan(c.slope) else f"{c.sampler.title}: order {c.slope:.2f} ± {c.spread:.2f}"
