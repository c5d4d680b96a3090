"""Inverse problems on digits: what is known of real ones, and what two methods make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import torch
from torch import Tensor

from diffviz.config import Choice, Config, Range
from diffviz.data import MNIST, ImageSet
from diffviz.experiments.digits.images import load_images, pixel_rmse
from diffviz.experiments.digits.path import Pixels, SamplePath
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import classifier, score_network
from diffviz.protocols import ScoreModel
from diffviz.samplers import DDPM, ConditionedSampler, Sampler, prior, sample
from diffviz.samplers.inverse import Blocks, Known, Mask
from diffviz.scores.counted import CountedScore
from diffviz.scores.measurement import MeasurementGuided

ROWS, EACH = 4, 5  # real digits, and samples for each
SPREAD = 0.6  # standard deviation of the pixels of real digits, where paper and ink are 2 apart


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


def _by_gradient(known: Known, measured: Tensor, model: ScoreModel, moves: int) -> tuple[Sampler, ScoreModel]:
    return DDPM(), MeasurementGuided(model, known, measured, SPREAD)


def _by_replacement(known: Known, measured: Tensor, model: ScoreModel, moves: int) -> tuple[Sampler, ScoreModel]:
    return ConditionedSampler(known, measured, DDPM(), moves), model


@dataclass(frozen=True)
class Method:
    """A way to keep to what is known: its title, paper and formula, and the sampler and the model that follow it.

    moves: whether it makes corrector moves.
    """

    title: str
    paper: str
    latex: str
    plan: Callable[[Known, Tensor, ScoreModel, int], tuple[Sampler, ScoreModel]]
    moves: bool = False


METHODS = {
    "gradient": Method(
        "Gradient through x̂₀",
        "Chung et al. 2023 (diffusion posterior sampling), algorithm 1",
        r"\tilde s=\hat s-\nabla_{x_t}\tfrac{\lVert y-P\hat x_0\rVert^2}{2r_t^2}",
        _by_gradient,
    ),
    "replacement": Method(
        "Put in what is known", ConditionedSampler.paper, ConditionedSampler.latex, _by_replacement, moves=True
    ),
}


@dataclass(frozen=True)
class InverseConfig(Config):
    """An inverse problem on ROWS digits in a row. first: the place of the first in the test part of `images`."""

    problem: Annotated[
        str, Choice({slug: title for slug, (title, _) in PROBLEMS.items()}, label="Problem", help="What is known.")
    ] = "upper"
    method: Annotated[
        str,
        Choice.among(METHODS, label="Method", help="How the digit is kept to what is known."),
    ] = "gradient"
    first: Annotated[int, Range(0, 96, label="First digit", help="Place in the test set.")] = 0
    steps: Annotated[int, Range(10, 200, label="Steps", log=True, help="From noise to data.")] = 25
    moves: Annotated[
        int, Range(0, 10, label="Corrector moves", help="Langevin moves a step, where what is known is put in.")
    ] = 2
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the noise.")] = 0
    images: ImageSet = field(default_factory=MNIST)


@dataclass(frozen=True, eq=False)
class InverseResult:
    """EACH samples for each of ROWS digits.

    real, known: (ROWS, 1, 28, 28), the digits and what is given of them. path: its states are
    (N+1, ROWS EACH, 1, 28, 28). known_error: root mean square a pixel by which the known part changed. read_as_real:
    share of samples that the classifier takes for the digit that it was.
    """

    config: InverseConfig
    real: Pixels
    known: Pixels
    path: SamplePath
    known_error: float
    read_as_real: float


def run_inverse(config: InverseConfig) -> InverseResult:
    """Sample what is likely, given what is known, with the shipped network.

    Raises `ConfigError` if the images cannot be had.
    """
    images, known = load_images(config.images, "test"), PROBLEMS[config.problem][1]
    rows = slice(config.first, config.first + ROWS)
    real, labels = images.points[rows], images.labels[rows].repeat_interleave(EACH)
    measured = known(real).repeat_interleave(EACH, 0)
    method = METHODS[config.method]
    planned = config.steps * (1 + config.moves * method.moves)
    model, noise = CountedScore(score_network().bfloat16(), planned), WhiteNoise(config.seed, tuple(measured.shape))
    times = UniformTime().times(model.schedule, config.steps)
    sampler, conditioned = method.plan(known, measured, model, config.moves)
    run = sample(sampler, conditioned, prior(model.schedule, noise), times, noise)
    error = pixel_rmse(known(run.final), measured)
    read_as_real = classify_images(classifier(), run.final).accuracy(labels)
    path = SamplePath.of(run, model.schedule)
    return InverseResult(config, real.numpy(), known(real).numpy(), path, error, read_as_real)
