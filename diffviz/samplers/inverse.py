"""Inverse problems: what is known of an image is put into every state of the reverse process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers.base import LinearSampler, Node
from diffviz.samplers.predictor_corrector import corrected
from diffviz.trajectory import Step

_KNOWN = 1_000_000  # draws at one noise level from here on are for what is known, those before for the moves


@dataclass(frozen=True, eq=False)
class Mask:
    """Some pixels are known. known: (H, W) of 0 and 1."""

    known: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Those pixels of x (B, C, H, W), the others 0."""
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


def conditioned(
    solver: LinearSampler,
    model: ScoreModel,
    known: Known,
    measured: Tensor,
    x: Tensor,
    grid: Array,
    noise: Noise,
    moves: int = 1,
    ratio: float = 0.16,
) -> Iterator[Step]:
    """Sample what is likely given the known part (Song et al. 2021, appendix I.2 and I.4).

    known: an orthogonal projection of images. measured: (B or 1, C, H, W), its value. At every node the known part of
    the state is replaced by the measured one, noised to that level; `moves` Langevin moves of signal-to-noise `ratio`
    let the rest find its place; then comes a step of `solver`, which must need no memory. Yields like `Sampler.visit`.
    """

    def put(state: Tensor, node: Node, k: int) -> Tensor:
        noised = node.alpha * measured + node.sigma * noise.at(node.lam, _KNOWN + k)
        return state - known(state) + known(noised)

    return corrected(solver, model, x, grid, noise, moves, ratio, put)
