"""Predictor-corrector: after each step of a solver, Langevin moves at the level it has come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from diffviz.config import Choice, Range
from diffviz.prediction import View
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import LinearSampler, Node, Sampler, grid_nodes
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
RATIO = Range(0.01, 0.5, step=0.01, label="r", help="Signal-to-noise ratio of a corrector move.")


Constrain = Callable[[Tensor, Node, int], Tensor]  # (state, its node, how often a state was constrained there) -> state


def predict_and_correct(
    predictor: LinearSampler,
    model: ScoreModel,
    x: Tensor,
    grid: Array,
    noise: Noise,
    corrector_steps: int,
    ratio: float,
    constrain: Constrain = lambda state, node, k: state,
) -> Iterator[Step]:
    """At every node `corrector_steps` Langevin moves, then a step of `predictor`, which must be memoryless.

    ratio: signal-to-noise ratio r of a Langevin move, delta = 2 (r sigma)². constrain: applied to the state at every
    node and after every move there. Yields like `Sampler.visit` (Song et al. 2021, algorithms 1 to 5).
    """
    nodes = grid_nodes(model.schedule, grid)
    for s, t, move in zip(nodes[:-1], nodes[1:], predictor.moves(nodes), strict=True):
        x = constrain(x, s, 0)
        prediction = model.predict(x, s.t)
        yield Step(s.t, x, prediction)
        for k in range(corrector_steps):
            x = constrain(langevin_step(x, s, prediction, 2 * ratio**2, noise.at(s.lam, k)), s, 1 + k)
            prediction = model.predict(x, s.t)
        x = (move.state * x).add_(prediction.in_view(predictor.view), alpha=move.prediction)
        if move.noise:
            x.add_(noise.between(s.lam, t.lam), alpha=move.noise)
    yield Step(nodes[-1].t, constrain(x, nodes[-1], 0), None)


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

    predictor: Annotated[
        str,
        Choice(
            {slug: cls.title for slug, cls in _PREDICTORS.items()},
            label="predictor",
            help="The sampler that steps from one noise level to the next.",
        ),
    ] = "reverse-diffusion"
    moves: Annotated[int, Range(1, 10, label="corrector moves", help="M: Langevin moves at every node.")] = 1
    ratio: Annotated[float, RATIO] = 0.16

    @property
    def stochastic(self) -> bool:
        """True: fresh noise is drawn in every step."""
        return True

    def calls(self, steps: int) -> int:
        """One for the predictor, one for each corrector move."""
        return steps * (1 + self.moves)

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, nfe // (1 + self.moves))

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """M Langevin moves at every node, then the predictor's step to the next."""
        predictor = _PREDICTORS[self.predictor]()
        yield from predict_and_correct(predictor, model, x, grid, noise, self.moves, self.ratio)
