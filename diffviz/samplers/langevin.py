"""Langevin dynamics: at one noise level, or at a falling ladder of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from torch import Tensor

from diffviz.config import Range
from diffviz.prediction import Prediction, View
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import Node, Sampler, grid_nodes, nodes_at
from diffviz.trajectory import Step

STEP = Range(0.01, 1.0, step=0.01, label="step", help="δ / σ²: how far one move goes, in units of the noise level.")


def langevin_step(x: Tensor, node: Node, prediction: Prediction, step: float, z: Tensor) -> Tensor:
    """x + delta score + sqrt(2 delta) z with delta = step · sigma²: it keeps q_t, up to its own step error.

    x, z (B, *D), z standard normal; step in units of sigma². Song and Ermon 2019, equation 4.
    """
    return x.add(prediction.eps, alpha=-step * node.sigma).add_(z, alpha=math.sqrt(2 * step) * node.sigma)


@dataclass(frozen=True)
class Langevin(Sampler):
    """Plain Langevin dynamics at one noise level: it keeps the law but hardly ever crosses between far modes.

    It starts from the given noise, scaled to the level's own size; the times it visits are all the level's.
    """

    title: ClassVar[str] = "Langevin at fixed noise"
    paper: ClassVar[str] = "Song and Ermon 2019, equation 4"
    latex: ClassVar[str] = r"x\leftarrow x+\delta\,s_\theta(x,t)+\sqrt{2\delta}\,z,\quad\delta=c\,\sigma_t^2"
    order: ClassVar[int | None] = None
    gridded: ClassVar[bool] = False
    memoryless: ClassVar[bool] = False  # a run begins by scaling its start to the level
    view: ClassVar[View] = "eps"

    level: Annotated[
        float,
        Range(0.01, 10.0, label="noise σ/α", log=True, help="The one noise level at which the score is taken."),
    ] = 0.2
    step: Annotated[float, STEP] = 0.1

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """As many moves as the grid has steps, all at the level nearest to `level` that the schedule has."""
        schedule = model.schedule
        noisiest, cleanest = float(schedule.lam(schedule.t_max)), float(schedule.lam(schedule.t_min))
        lam = min(max(-math.log(self.level), noisiest), cleanest)
        (node,) = nodes_at(schedule, schedule.time_of(np.array([lam])))
        x = math.hypot(node.alpha, node.sigma) / float(schedule.sigma(float(grid[0]))) * x
        for k in range(len(grid) - 1):
            prediction = model.predict(x, node.t)
            yield Step(node.t, x, prediction)
            x = langevin_step(x, node, prediction, self.step, noise.at(node.lam, k))
        yield Step(node.t, x, None)


@dataclass(frozen=True)
class AnnealedLangevin(Sampler):
    """A few Langevin moves at every level of the grid; between levels x / alpha stays, and a last call denoises.

    The step follows the noise: delta is proportional to sigma². What it leaves behind at each level depends on that
    proportion and on the number of moves, not on the grid alone.
    """

    title: ClassVar[str] = "Annealed Langevin"
    paper: ClassVar[str] = "Song and Ermon 2019, algorithm 1; Jolicoeur-Martineau et al. 2021 (the last denoising)"
    latex: ClassVar[str] = (
        r"x\leftarrow x+\delta_i\,s_\theta(x,t_i)+\sqrt{2\delta_i}\,z\ \ (M\text{ times}),\quad\delta_i=c\,\sigma_i^2"
    )
    order: ClassVar[int | None] = None
    view: ClassVar[View] = "eps"

    moves: Annotated[int, Range(1, 20, label="moves a level", help="M: Langevin moves at every noise level.")] = 3
    step: Annotated[float, STEP] = 0.2

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def calls(self, steps: int) -> int:
        """M for each of `steps` levels, and one to denoise at the end."""
        return steps * self.moves + 1

    def steps_for(self, nfe: int) -> int:
        """The most levels that `nfe` calls pay for, at least one."""
        return max(1, (nfe - 1) // self.moves)

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """M moves at every level, each with its own call, then x / alpha is carried to the next."""
        *levels, end = grid_nodes(model.schedule, grid)
        before = levels[0]
        for level in levels:
            x = level.alpha / before.alpha * x
            prediction = model.predict(x, level.t)
            yield Step(level.t, x, prediction)
            x = langevin_step(x, level, prediction, self.step, noise.at(level.lam, 0))
            for k in range(1, self.moves):
                x = langevin_step(x, level, model.predict(x, level.t), self.step, noise.at(level.lam, k))
            before = level
        denoised = model.predict(x, before.t)
        yield Step(end.t, end.alpha * denoised.x0 + end.sigma * denoised.eps, None)
