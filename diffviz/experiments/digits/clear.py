"""How many of the digits that a network draws are clear, while it learns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.data import MNIST
from diffviz.estimate import share_error
from diffviz.experiments.digits.images import load_images
from diffviz.experiments.digits.measured import recorded
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import classifier
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers import DPMSolverPP2M, prior, sample

COUNTED, CALLS, SEED = 100, 10, 2
NEIGHBOURS, WITHIN = 1_000, 0.95  # real digits that drawn ones are compared with, and the share of real ones that pass
FIRST = 20  # steps before which nothing is counted: the first look is not to wait for it
GROWTH = 1.4  # steps between two counts: as many times the last, so that a long run is not counted over and over


class ClearCount(NamedTuple):
    """The `clear_share` of COUNTED digits that were drawn after a step of training."""

    step: int
    share: float


class _RealDigits(NamedTuple):
    """Features of real digits (NEIGHBOURS, F), and how far from the nearest of them most other real digits lie."""

    features: Tensor
    reach: float


@lru_cache(maxsize=1)
def _real_features() -> _RealDigits:
    """Of the training digits, which a network that learns them has; a second of computing, once."""
    points = load_images(MNIST(), "train").points[: 2 * NEIGHBOURS]
    each = torch.from_numpy(classify_images(classifier(), points).features)
    features, others = each[:NEIGHBOURS], each[NEIGHBOURS:]
    return _RealDigits(features, float(torch.cdist(others, features).amin(1).quantile(WITHIN)))


def clear_share(images: Tensor) -> float:
    """The share of images (n, 1, 28, 28) that are clear and lie among real digits, in [0, 1].

    A classifier is often sure of what is no digit at all: it calls nearly half of pure noise clear. So its features of
    a drawn digit must also be as near to those of a real one as are WITHIN of other real digits.
    """
    output, real = classify_images(classifier(), images), _real_features()
    near = torch.cdist(torch.from_numpy(output.features), real.features).amin(1) <= real.reach
    return float((output.confident & near.numpy()).mean())


def draw_and_judge(model: ScoreModel) -> float:
    """`clear_share` of COUNTED digits, from the same noise each time by CALLS calls of DPM-Solver++ 2M."""
    noise = WhiteNoise(SEED, (COUNTED, 1, 28, 28))
    times = UniformTime().times(model.schedule, CALLS)
    return clear_share(sample(DPMSolverPP2M(), model, prior(model.schedule, noise), times, noise).final)


def counted(before: tuple[ClearCount, ...], model: ScoreModel, step: int, last: bool) -> tuple[ClearCount, ...]:
    """The counts of a run so far, and one more where it is due: by GROWTH, and at the last step.

    Those of later steps than this one are of before the run began anew, and go.
    """
    kept = tuple(count for count in before if count.step < step)
    due = last or step >= (GROWTH * kept[-1].step if kept else FIRST)
    return (*kept, ClearCount(step, draw_and_judge(model))) if due else kept


def shipped_counts() -> tuple[ClearCount, ...]:
    """Those of the short run whose checkpoints come with the lab, as `benchmarks.early_digits` measured them."""
    return tuple(ClearCount(step, share) for step, share in recorded("early-clear")["clear"])


@dataclass(frozen=True, eq=False)
class ClearCurve:
    """Counts of a run as a line: steps, shares and their standard errors, (n,) each; counted: digits of each count."""

    counted: int
    steps: Array
    shares: Array
    errors: Array

    @classmethod
    def of(cls, counts: tuple[ClearCount, ...]) -> ClearCurve | None:
        """None if nothing has been counted."""
        if not counts:
            return None
        steps, shares = np.array(counts, dtype=float).T
        errors = np.array([share_error(share, COUNTED) for share in shares])
        return cls(COUNTED, steps, shares, errors)
