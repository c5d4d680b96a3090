"""Predictor-corrector: after each step of a solver, Langevin moves at the level it has come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from diffviz.config import Choice, Range
from diffviz.prediction import View
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import LinearSampler, Node, Sampler, nodes
from diffviz.samplers.ddim import DDIM
from diffviz.samplers.ddpm import DDPM
from diffviz.samplers.euler import EulerMaruyama, ReverseDiffusion
from diffviz.samplers.langevin import langevin_step
from diffviz.trajectory import Step

_PREDICTORS: Mapping[str, type[LinearSampler]] = {
    "reverse-diffusion": ReverseDiffusion,
    "ddpm": DDPM,
    "euler-maruyama": EulerMaruyama,
    "ddim": DDIM,
}


Put = Callable[[Tensor, Node, int], Tensor]  # (state, its node, how often the node was put right) -> state


def corrected(
    solver: LinearSampler,
    model: ScoreModel,
    x: Tensor,
    grid: Array,
    noise: Noise,
    moves: int,
    ratio: float,
    put: Put = lambda state, node, k: state,
) -> Iterator[Step]:
    """At every node ask, make `moves` Langevin moves, and step on with `solver`, which must need no memory.

    put: what is made of a state at every node and after every move there. Yields like `Sampler.visit`.
    """
    stops = nodes(model.schedule, grid)
    for here, there, move in zip(stops[:-1], stops[1:], solver.moves(stops), strict=True):
        x = put(x, here, 0)
        prediction = model.predict(x, here.t)
        yield Step(here.t, x, prediction)
        for k in range(moves):
            x = put(langevin_step(x, here, prediction, 2 * ratio**2, noise.at(here.lam, k)), here, 1 + k)
            prediction = model.predict(x, here.t)
        answer = prediction.in_view(solver.view)
        x = (move.state * x).add_(answer, alpha=move.answer)
        if move.noise:
            x.add_(noise.between(here.lam, there.lam), alpha=move.noise)
    yield Step(stops[-1].t, put(x, stops[-1], 0), None)


@dataclass(frozen=True)
class PredictorCorrector(Sampler):
    """Langevin moves first, at the node, then one step of the predictor to the next.

    The paper sets the corrector's step by the norms of noise and score over the batch; here by what these norms are on
    average, delta = 2 (r sigma)², so that no particle depends on the others and q_t is left as it is.
    """

    title: ClassVar[str] = "Predictor–corrector"
    paper: ClassVar[str] = "Song et al. 2021, algorithms 1 and 5"
    latex: ClassVar[str] = (
        r"x_s\leftarrow x_s+\delta\,s_\theta(x_s,s)+\sqrt{2\delta}\,z\ \ (M\text{ times}),\quad\delta=2(r\sigma_s)^2,"
        r"\quad\text{then predict } x_t"
    )
    order: ClassVar[int | None] = None
    view: ClassVar[View] = "eps"

    predictor: Annotated[str, Choice({slug: cls.title for slug, cls in _PREDICTORS.items()}, label="predictor")] = (
        "reverse-diffusion"
    )
    moves: Annotated[int, Range(1, 10, label="corrector moves", help="M, at every node.")] = 1
    ratio: Annotated[
        float, Range(0.01, 0.5, step=0.01, label="r", help="Signal-to-noise ratio of a corrector move.")
    ] = 0.16

    @property
    def stochastic(self) -> bool:
        """Always."""
        return True

    def calls(self, steps: int) -> int:
        """One for the predictor, one for each corrector move."""
        return steps * (1 + self.moves)

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, nfe // (1 + self.moves))

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Correct, ask, predict."""
        yield from corrected(_PREDICTORS[self.predictor](), model, x, grid, noise, self.moves, self.ratio)
