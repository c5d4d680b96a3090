"""Inverse problems: what is known of an image is put into every state of the reverse process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from torch import Tensor
from torch.nn import functional

from diffviz.config import Range
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import LinearSampler, Node, Sampler
from diffviz.samplers.ddpm import DDPM
from diffviz.samplers.predictor_corrector import RATIO, predict_and_correct
from diffviz.trajectory import Step

_KNOWN = 1_000_000  # draws at one noise level from here on are for what is known, those before for the moves


@dataclass(frozen=True, eq=False)
class Mask:
    """Some pixels are known. known: (H, W) of 0 and 1, 1 where they are."""

    known: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """The known pixels of x (B, C, H, W), the others 0."""
        return x * self.known


@dataclass(frozen=True)
class Blocks:
    """The means of square blocks are known: a picture of lower resolution. side: of a block, in pixels."""

    side: int

    def __call__(self, x: Tensor) -> Tensor:
        """Each pixel of x (B, C, H, W) replaced by the mean of its block."""
        small = functional.avg_pool2d(x, self.side)
        return small.repeat_interleave(self.side, -2).repeat_interleave(self.side, -1)


Known = Mask | Blocks


@dataclass(frozen=True, eq=False)
class ConditionedSampler(Sampler):
    """Samples what is likely given a linear measurement: at every node the known part is put into the state.

    known: an orthogonal projection of images. measured: (B or 1, C, H, W), its value on the clean image. At every node
    the known part of the state is replaced by the measured one, noised to that level; Langevin moves let the rest find
    its place; then comes a step of `solver`, which must be memoryless.
    """

    title: ClassVar[str] = "Conditioned on a measurement"
    paper: ClassVar[str] = "Song et al. 2021, appendix I.2 and I.4"
    latex: ClassVar[str] = r"x_t\leftarrow x_t-P\,x_t+P\,(\alpha_t\,y+\sigma_t z),\quad y=P\,x_0"
    order: ClassVar[int | None] = None

    known: Known
    measured: Tensor
    solver: LinearSampler = field(default_factory=DDPM)
    corrector_steps: Annotated[
        int, Range(0, 100, label="corrector moves", help="Langevin moves at every node, each with a model call.")
    ] = 1
    ratio: Annotated[float, RATIO] = 0.16

    @property
    def stochastic(self) -> bool:
        """True: the known part is noised afresh at every node."""
        return True

    def calls(self, steps: int) -> int:
        """One for the solver's step, one for each Langevin move."""
        return steps * (1 + self.corrector_steps)

    def steps_for(self, nfe: int) -> int:
        """The most steps that `nfe` calls pay for, at least one."""
        return max(1, nfe // (1 + self.corrector_steps))

    def visit(self, model: ScoreModel, x: Tensor, grid: Array, noise: Noise) -> Iterator[Step]:
        """Put in what is known, correct with Langevin moves, step with the solver."""

        def put_in_known(state: Tensor, node: Node, k: int) -> Tensor:
            noised = node.alpha * self.measured + node.sigma * noise.at(node.lam, _KNOWN + k)
            return state - self.known(state) + self.known(noised)

        yield from predict_and_correct(
            self.solver, model, x, grid, noise, self.corrector_steps, self.ratio, put_in_known
        )
