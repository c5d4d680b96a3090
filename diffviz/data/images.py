"""Images: MNIST and Fashion-MNIST from their own files, and the 8×8 digits that come with scikit-learn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffviz.config import Entry
from diffviz.data.fetch import FASHION_FILES, MNIST_FILES, Progress, RemoteFile, fetch_file, find_local
from diffviz.data.idx import read_idx

_PIXELS = r"x_0=\tfrac{{2}}{{255}}\,\text{{grey level}}-1\ \in[-1,1]^{{{0}\times{0}}}"


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, ready to learn from.

    points: (N, 1, H, W) float32 in [-1, 1], where -1 is paper and 1 is ink. labels: (N,) int64. id: tells the set and
    its part from every other, for cards.
    """

    points: Tensor
    labels: Tensor
    id: str


@dataclass(frozen=True)
class ImageSet(Entry, ABC):
    """Labelled images in a training and a test part."""

    def is_local(self, part: str) -> bool:
        """Whether the part "train" or "test" is on this machine already."""
        return True

    def fetch(self, part: str, progress: Progress | None = None) -> None:
        """Have the part on this machine, or raise `ConfigError`; `progress` is called with how far it is."""
        del part, progress

    @abstractmethod
    def read(self, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Pixels (N, H, W) from 0 to 255 and labels (N,) of the part "train" or "test"; may raise `ConfigError`."""

    def load(self, part: str = "train") -> Images:
        """The part, ready to learn from; raises `ConfigError` with one sentence if it cannot be had."""
        pixels, labels = self.read(part)
        points = torch.from_numpy(pixels.astype(np.float32)).div_(127.5).sub_(1)
        return Images(points[:, None], torch.from_numpy(labels.astype(np.int64)), f"{self!r} {part}")


class _IDXSet(ImageSet):
    """Images in two IDX files a part, one of pixels and one of labels."""

    files: ClassVar[dict[str, tuple[RemoteFile, RemoteFile]]]

    def is_local(self, part: str) -> bool:
        """Whether its two files are on this machine already."""
        return all(find_local(remote) for remote in self.files[part])

    def fetch(self, part: str, progress: Progress | None = None) -> None:
        """Fetch its two files from a mirror, where they are not local; may raise `ConfigError`."""
        for remote in self.files[part]:
            fetch_file(remote, progress)

    def read(self, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Pixels and labels from the two files of the part, local ones or fetched; may raise `ConfigError`."""
        images, labels = (read_idx(fetch_file(remote), remote.sha256) for remote in self.files[part])
        return images, labels


@dataclass(frozen=True)
class MNIST(_IDXSet):
    """Handwritten digits, 60,000 to learn from and 10,000 to test with, 28×28."""

    title: ClassVar[str] = "MNIST"
    paper: ClassVar[str] = "LeCun et al. 1998, section III"
    latex: ClassVar[str] = _PIXELS.format(28)
    files = MNIST_FILES


@dataclass(frozen=True)
class FashionMNIST(_IDXSet):
    """Pieces of clothing in the very format of MNIST."""

    title: ClassVar[str] = "Fashion-MNIST"
    paper: ClassVar[str] = "Xiao et al. 2017, table 1"
    latex: ClassVar[str] = _PIXELS.format(28)
    files = FASHION_FILES


@dataclass(frozen=True)
class SmallDigits(ImageSet):
    """Digits of 8×8 pixels that come with scikit-learn: always at hand. Every fifth is kept for testing."""

    title: ClassVar[str] = "Small digits"
    paper: ClassVar[str] = "Alpaydin and Kaynak 1998, UCI optical digits"
    latex: ClassVar[str] = _PIXELS.format(8)

    def read(self, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """1,437 or 360 of the 1,797 digits, their 17 grey levels spread over 0 to 255."""
        from sklearn.datasets import load_digits

        digits = load_digits()
        chosen = (np.arange(len(digits.target)) % 5 == 4) == (part == "test")
        return (digits.images[chosen] * (255 / 16)).round().astype(np.uint8), digits.target[chosen].astype(np.uint8)


IMAGE_SETS: dict[str, type[ImageSet]] = {"mnist": MNIST, "fashion": FashionMNIST, "digits": SmallDigits}
