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
from diffviz.protocols import Schedule, ScoreModel
from diffviz.samplers import DDPM, ConditionedSampler, Sampler, prior, sample
from diffviz.samplers.inverse import Blocks, Known, Mask
from diffviz.scores.counted import CountedScore
from diffviz.scores.measurement import MeasurementGuided
from diffviz.trajectory import Trajectory

ROWS, EACH = 4, 5  # real digits, and samples for each
SPREAD = 0.6  # standard deviation of the pixels of real digits, where paper and ink are 2 apart


def pixels_where(known: Callable[[Tensor, Tensor], Tensor]) -> Mask:
    """The mask of the pixels of a digit that a rule for their rows and columns, counted from the top left, keeps."""
    rows, columns = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
    return Mask(known(rows, columns).float())


PROBLEMS: dict[str, tuple[str, Known]] = {
    "upper": ("In-painting: upper half known", pixels_where(lambda r, c: r < 14)),
    "left": ("In-painting: left half known", pixels_where(lambda r, c: c < 14)),
    "frame": ("In-painting: middle missing", pixels_where(lambda r, c: (r < 8) | (r > 19) | (c < 8) | (c > 19))),
    "sparse": ("In-painting: one pixel of nine", pixels_where(lambda r, c: (r % 3 == 1) & (c % 3 == 1))),
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
    run, schedule, error = sample_given(known, measured, method, config.steps, config.moves, config.seed)
    read_as_real = classify_images(classifier(), run.final).accuracy(labels)
    path = SamplePath.of(run, schedule)
    return InverseResult(config, real.numpy(), known(real).numpy(), path, error, read_as_real)


def sample_given(
    known: Known, measured: Tensor, method: Method, steps: int, moves: int, seed: int
) -> tuple[Trajectory, Schedule, float]:
    """The shipped network's run that a method keeps to what is known, P x_0 = `measured` (B, 1, 28, 28); its schedule.

    Third, the root mean square a pixel by which the known part of the outcome is off.
    """
    planned = steps * (1 + moves * method.moves)
    model, noise = CountedScore(score_network().bfloat16(), planned), WhiteNoise(seed, tuple(measured.shape))
    times = UniformTime().times(model.schedule, steps)
    sampler, conditioned = method.plan(known, measured, model, moves)
    run = sample(sampler, conditioned, prior(model.schedule, noise), times, noise)
    return run, model.schedule, pixel_rmse(known(run.final), measured)
