"""Inverse problems on digits: what is known, and what the reverse SDE makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.metrics import classify_images
from diffviz.networks import ClassifierNetwork
from diffviz.noise import WhiteNoise
from diffviz.player import Scene
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import ConditionedSampler, LinearSampler, prior, sample
from diffviz.samplers.inverse import Blocks, Known, Mask
from diffviz.scenes.digits.tiles import chosen, ink, pane
from diffviz.scenes.race import clock
from diffviz.trajectory import Trajectory

ROWS, EACH = 4, 5  # real digits, and samples for each


def _mask(known: Callable[[Tensor, Tensor], Tensor]) -> Mask:
    rows, columns = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
    return Mask(known(rows, columns).float())


PROBLEMS: dict[str, tuple[str, Known]] = {
    "upper": ("In-painting: upper half known", _mask(lambda r, c: r < 14)),
    "left": ("In-painting: left half known", _mask(lambda r, c: c < 14)),
    "frame": ("In-painting: middle missing", _mask(lambda r, c: (r < 8) | (r > 19) | (c < 8) | (c > 19))),
    "sparse": ("In-painting: one pixel of nine", _mask(lambda r, c: (r % 3 == 1) & (c % 3 == 1))),
    "blocks-2": ("Super-resolution from 14×14", Blocks(2)),
    "blocks-4": ("Super-resolution from 7×7", Blocks(4)),
    "blocks-7": ("Super-resolution from 4×4", Blocks(7)),
}


@dataclass(frozen=True, eq=False)
class Answer:
    """What was sampled for `real` (ROWS, 1, 28, 28), of which `known` was given.

    run: its states are (N+1, ROWS EACH, 1, 28, 28). kept: by how much the known part changed, root mean square a pixel.
    right: share read as the digit that it was.
    """

    real: Tensor
    known: Tensor
    run: Trajectory
    kept: float
    right: float


def solve(
    problem: Known,
    solver: LinearSampler,
    model: ScoreModel,
    judge: ClassifierNetwork,
    times: Array,
    real: Tensor,
    labels: Tensor,
    seed: int,
    moves: int,
) -> Answer:
    """EACH samples for each of the first ROWS real digits, with `moves` Langevin moves a step."""
    real, labels = real[:ROWS], labels[:ROWS].repeat_interleave(EACH)
    measured = problem(real).repeat_interleave(EACH, 0)
    noise = WhiteNoise(seed, tuple(measured.shape))
    sampler = ConditionedSampler(problem, measured, solver, moves)
    run = sample(sampler, model, prior(model.schedule, noise), times, noise)
    kept = float((problem(run.final) - measured).square().mean().sqrt())
    return Answer(real, problem(real), run, kept, classify_images(judge, run.final).right(labels))


def compose(answer: Answer, model: ScoreModel) -> Scene:
    """A row for each digit: the real one, what is known of it, and samples of what it may have been."""
    run = answer.run
    frames = chosen(len(run.t))
    when = clock(run.t, model.schedule)[frames]
    note = f"{run.nfe} calls · {answer.right:.0%} read as the digit it was"
    asked = [min(k, len(run.x0) - 1) for k in frames]
    panes = [
        pane(_rows(answer, run.x[frames]), "Real, known, and five samples", note=note, clock=when, across=2 + EACH),
        pane(_rows(answer, run.x0[asked]), "The same, denoised", note="what is expected", clock=when, across=2 + EACH),
    ]
    return Scene(panes, columns=2, seconds=6, description="Digits completed from what is known of them")


def _rows(answer: Answer, images: Tensor) -> Array:
    """Frames (F, ROWS EACH, 1, 28, 28) with the real and the known one in front of each row."""
    frames = len(images)
    front = torch.stack([answer.real, answer.known], 1).expand(frames, -1, -1, -1, -1, -1)
    return ink(torch.cat([front, images.reshape(frames, ROWS, EACH, *images.shape[2:])], 2).flatten(1, 2))
