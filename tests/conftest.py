"""One torch thread: two threads on two busy cores are ten times slower than one. The real digits, where they are."""

import os
from dataclasses import dataclass

import pytest
import torch
from hypothesis import settings

from diffviz.data import Images, ImageSet

torch.set_num_threads(1)
settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")


@pytest.fixture
def real_digits() -> None:
    """MNIST's files are not part of the project; the few tests of them run where DIFFVIZ_DATA says where they are."""
    if "DIFFVIZ_DATA" not in os.environ:
        pytest.skip("MNIST's files are not part of the project, and DIFFVIZ_DATA does not say where they are")


@pytest.fixture(scope="session")
def few_digits() -> ImageSet:
    """Three digits that the shipped network drew in 10 calls, where a few are enough."""
    from diffviz.experiments.digits.images import DrawnDigits
    from diffviz.grids import UniformTime
    from diffviz.noise import WhiteNoise
    from diffviz.pretrained.digits import score_network
    from diffviz.samplers import DPMSolverPP2M, prior, sample

    model, noise = score_network(), WhiteNoise(5, (3, 1, 28, 28))
    times = UniformTime().times(model.schedule, 10)
    points = sample(DPMSolverPP2M(), model, prior(model.schedule, noise), times, noise).final.clamp(-1, 1)

    @dataclass(frozen=True)
    class FewDigits(DrawnDigits):
        def load(self, part: str = "train") -> Images:
            return Images(points, torch.zeros(len(points), dtype=torch.int64), f"{self!r} {part}")

    return FewDigits()
