"""Half a digit that a person wrote, completed by the gradient of the measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Choice, Config, ConfigError, Range
from diffviz.experiments.digits.inverse import EACH, METHODS, pixels_where, sample_given
from diffviz.experiments.digits.path import Pixels, SamplePath
from diffviz.metrics import classify_images
from diffviz.pretrained.digits import classifier
from diffviz.protocols import Array

SIDE = 28  # pixels across
PEN = 1.0  # its radius in pixels
HALVES = {
    "upper": ("Upper half", pixels_where(lambda r, c: r < SIDE // 2)),
    "lower": ("Lower half", pixels_where(lambda r, c: r >= SIDE // 2)),
    "left": ("Left half", pixels_where(lambda r, c: c < SIDE // 2)),
    "right": ("Right half", pixels_where(lambda r, c: c >= SIDE // 2)),
}


@dataclass(frozen=True)
class HalfDigitConfig(Config):
    """A half that is kept of what is written. ink: SIDE² pixels from 0, paper, to 255, row by row from the top."""

    ink: bytes
    half: Annotated[
        str, Choice({slug: title for slug, (title, _) in HALVES.items()}, "You write", "The network adds the other.")
    ] = "upper"
    steps: Annotated[int, Range(10, 200, label="Steps", log=True, help="From noise to data.")] = 25
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the noise.")] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.ink) != SIDE**2:
            raise ConfigError(f"What is written must be {SIDE**2} pixels, got {len(self.ink)}.")

    @property
    def written(self) -> Tensor:
        """(1, 1, SIDE, SIDE) in [-1, 1]."""
        pixels = torch.tensor(list(self.ink), dtype=torch.float32)
        return (pixels / 127.5 - 1).reshape(1, 1, SIDE, SIDE)


@dataclass(frozen=True, eq=False)
class HalfDigitResult:
    """EACH completions. known: (1, 1, 28, 28), what is kept of what was written, the rest 0. path: its states are
    (N+1, EACH, 1, 28, 28). labels, confidences: (EACH,) the likeliest digit of each and its probability, as the
    classifier sees it. known_error: root mean square a pixel by which the known half changed.
    """

    config: HalfDigitConfig
    known: Pixels
    path: SamplePath
    labels: Array
    confidences: Array
    known_error: float


def ink_of(points: Array, reach: float) -> bytes:
    """Points (n, 2) in [-reach, reach]² of a pen's way as SIDE² pixels: full ink within PEN of one, paper beyond."""
    centers = (np.arange(SIDE) + 0.5) * 2 * reach / SIDE - reach
    x, y = np.meshgrid(centers, -centers)  # the first row is the top
    places = np.stack([x, y], -1).reshape(-1, 1, 2)
    away = np.full(len(places), np.inf)
    for part in np.array_split(points, -(-len(points) // 500)):
        away = np.minimum(away, np.hypot(*np.moveaxis(places - part, -1, 0)).min(1))
    soft = (PEN + 0.5 - away * SIDE / (2 * reach)).clip(0, 1)
    return np.round(255 * soft).astype(np.uint8).tobytes()


def complete_half(config: HalfDigitConfig) -> HalfDigitResult:
    """Sample what the whole digit may be, given one half; raises `ConfigError` where that half is empty."""
    known = HALVES[config.half][1]
    if not bool((known(config.written) > 0).any()):
        raise ConfigError(f"The {HALVES[config.half][0].lower()} is empty: write there.")
    measured = known(config.written).expand(EACH, -1, -1, -1)
    run, schedule, error = sample_given(known, measured, METHODS["gradient"], config.steps, 0, config.seed)
    seen = classify_images(classifier(), run.final)
    path = SamplePath.of(run, schedule)
    return HalfDigitResult(config, known(config.written).numpy(), path, seen.label, seen.confidence, error)
