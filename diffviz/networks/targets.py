"""What a network is trained to put out, and how that is read as a prediction."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient

C = TypeVar("C", float, Tensor)
Read = Callable[[Tensor, Coefficient, Coefficient, Tensor], Prediction]


def radius(alpha: C, sigma: C) -> C:
    """sqrt(alpha² + sigma²), the scale of x_t for data of unit scale: 1 on a variance-preserving schedule.

    The network sees x / radius and puts out v / radius, which are the preconditioning of Karras et al. 2022, table 1,
    with sigma_data = 1, so that one network serves every schedule.
    """
    if isinstance(alpha, Tensor):
        return torch.sqrt(alpha * alpha + sigma * sigma)
    return math.hypot(alpha, sigma)


@dataclass(frozen=True)
class Target:
    """One way to ask for the score.

    value: (x0, eps, alpha, sigma) -> the right output for one draw. read: (x, alpha, sigma, output) -> `Prediction`.
    x0_error_ratio: (alpha, sigma) -> |x0 error|² / |output error|², by which a weight moves from one view to another
    (Salimans and Ho 2022, section 4 and appendix D).
    """

    title: str
    paper: str
    latex: str
    value: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    read: Read
    x0_error_ratio: Callable[[Tensor, Tensor], Tensor]


def _read_v(x: Tensor, alpha: Coefficient, sigma: Coefficient, output: Tensor) -> Prediction:
    """x0 = (alpha x - sigma radius output) / radius²."""
    squared = alpha * alpha + sigma * sigma
    return Prediction.of_x0(x, alpha, sigma, (alpha / squared) * x - (sigma / squared**0.5) * output)


TARGETS = {
    "v": Target(
        "Velocity v",
        "Salimans and Ho 2022, appendix D",
        r"v=\alpha_t\epsilon-\sigma_t x_0",
        lambda x0, eps, alpha, sigma: (alpha * eps - sigma * x0) / radius(alpha, sigma),
        _read_v,
        lambda alpha, sigma: sigma**2 / (alpha**2 + sigma**2),
    ),
    "u": Target(
        "Straight velocity u",
        "Liu et al. 2023 (rectified flow), equation 1",
        r"u=\epsilon-x_0",
        lambda x0, eps, alpha, sigma: eps - x0,
        Prediction.of_u,
        lambda alpha, sigma: (sigma / (alpha + sigma)) ** 2,
    ),
    "eps": Target(
        "Noise ε",
        "Ho et al. 2020, equation 14",
        r"\epsilon",
        lambda x0, eps, alpha, sigma: eps,
        Prediction.of_eps,
        lambda alpha, sigma: (sigma / alpha) ** 2,
    ),
    "x0": Target(
        "Data x₀",
        "Salimans and Ho 2022, section 4",
        r"x_0",
        lambda x0, eps, alpha, sigma: x0,
        Prediction.of_x0,
        lambda alpha, sigma: (alpha * 0) + 1,
    ),
    "score": Target(
        "Score, scaled by σ",
        "Song and Ermon 2019, equations 5 and 6",
        r"\sigma_t\nabla_x\log q_t(x_t\mid x_0)=-\epsilon",
        lambda x0, eps, alpha, sigma: -eps,
        lambda x, alpha, sigma, output: Prediction.of_eps(x, alpha, sigma, -output),
        lambda alpha, sigma: (sigma / alpha) ** 2,
    ),
}
