"""The reference problem: a five-component ring mixture under linear VP, with the exact probability flow."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from diffviz.data.mixture import GaussianMixture
from diffviz.schedules import LinearVP
from diffviz.scores.mixture import MixtureScore


class Reference(NamedTuple):
    model: MixtureScore
    start: torch.Tensor  # (506, 2) at t = 1
    end: torch.Tensor  # (506, 2) on the exact flow at t = 1e-3


def ring() -> GaussianMixture:
    angle = 2 * np.pi * np.arange(5) / 5
    means = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return GaussianMixture(np.array([0.10, 0.15, 0.20, 0.25, 0.30]), means, np.stack([0.15**2 * np.eye(2)] * 5))


@pytest.fixture(scope="session")
def reference() -> Reference:
    stored = np.load(Path(__file__).parents[1] / "data" / "ode_truth.npz")
    calm = stored["sensitivity"] < 5
    start, end = torch.from_numpy(stored["start"][calm]), torch.from_numpy(stored["end"][calm])
    return Reference(MixtureScore(LinearVP(), ring()), start, end)
