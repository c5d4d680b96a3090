"""One torch thread: two threads on two busy cores are ten times slower than one. The real digits, where they are."""

import os
from dataclasses import dataclass

import pytest
import torch

from diffviz.data import Images, ImageSet

torch.set_num_threads(1)


@pytest.fixture
def real_digits() -> None:
    """MNIST's files are not part of the project; the few tests of them run where DIFFVIZ_DATA says where they are."""
    if "DIFFVIZ_DATA" not in os.environ:
        pytest.skip("MNIST's files are not part of the project, and DIFFVIZ_DATA does not say where they are")


@pytest.fixture(scope="session")
def few_digits() -> ImageSet:
    """Eight drawn digits, for samplers that measure the network on all that they are given."""
    from diffviz.experiments.digits.images import DrawnDigits, load_images

    @dataclass(frozen=True)
    class FewDigits(DrawnDigits):
        def load(self, part: str = "train") -> Images:
            images = load_images(DrawnDigits(), part)
            return Images(images.points[:8], images.labels[:8], f"{self!r} {part}")

    return FewDigits()
