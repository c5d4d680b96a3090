"""The images that experiments start from or compare with: real ones, or drawn ones that stand in for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import MNIST, Images, ImageSet
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import classifier, score_network
from diffviz.samplers import DPMSolverPP2M, prior, sample

_STAND_IN, _STEPS, _SEED = 100, 20, 99


@dataclass(frozen=True)
class DrawnDigits(ImageSet):
    """100 digits drawn by the shipped network, labelled by the shipped classifier: they need no fetching."""

    title: ClassVar[str] = "Digits drawn by the shipped network"
    paper: ClassVar[str] = "Lu et al. 2022, DPM-Solver++, algorithm 2"

    def read(self, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The same digits for either part, as pixels from 0 to 255 (100, 28, 28), and their labels (100,)."""
        images = self.load(part)
        pixels = images.points[:, 0].add(1).mul(127.5).round().to(torch.uint8)
        return pixels.numpy(), images.labels.to(torch.uint8).numpy()

    def load(self, part: str = "train") -> Images:
        """The same digits for either part, as they were drawn, not rounded to pixels."""
        model = score_network().bfloat16()
        noise = WhiteNoise(_SEED, (_STAND_IN, 1, 28, 28))
        times = UniformTime().times(model.schedule, _STEPS)
        points = sample(DPMSolverPP2M(), model, prior(model.schedule, noise), times, noise).final.clamp(-1, 1)
        labels = torch.from_numpy(classify_images(classifier(), points).label).long()
        return Images(points, labels, f"{self!r} {part}")


@lru_cache(maxsize=6)
def load_images(images: ImageSet, part: str) -> Images:
    """A part of an image set, "train" or "test", read once; raises `ConfigError` if it cannot be had."""
    return images.load(part)


def pixel_rmse(images: Tensor, others: Tensor) -> float:
    """Root mean square a pixel of how far images (B, *D) are from others, where paper and ink are 2 apart."""
    return float((images - others).square().mean().sqrt())


def digits_at_hand() -> ImageSet:
    """Real digits if the files of the test part are on this machine and whole, else drawn ones; fetches nothing."""
    try:
        if MNIST().is_local("test"):
            load_images(MNIST(), "test")
            return MNIST()
    except ConfigError:  # a damaged file: who needs real digits will be told
        pass
    return DrawnDigits()
