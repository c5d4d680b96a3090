"""Distance from the exact flow, and the order at which it falls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffviz.config import ConfigError
from diffviz.metrics.base import Points, flat
from diffviz.protocols import Array


def rmse(x: Points, y: Points) -> float:
    """sqrt(mean over particles of |x_i - y_i|²), not per coordinate; x, y (n, *D), particle by particle."""
    a, b = flat(x, y)
    if len(a) != len(b):
        raise ConfigError(f"Particles can only be compared one by one, got {len(a)} and {len(b)}.")
    return float(np.sqrt(np.square(a - b).sum(1).mean()))


class Order(NamedTuple):
    """The p of error = C nfe^{-p}, and the standard error of the fit."""

    slope: float
    error: float


def fitted_order(nfe: Array, errors: Array) -> Order:
    """Least squares in logarithms; nfe, errors (n,) positive, three points or more."""
    if len(nfe) < 3 or len(nfe) != len(errors):
        raise ConfigError(f"An order is fitted to three points or more, got {len(nfe)} and {len(errors)}.")
    x, y = np.log(nfe), np.log(errors)
    x = x - x.mean()
    slope = (x @ y) / (x @ x)
    rest = y - y.mean() - slope * x
    return Order(float(-slope), float(np.sqrt(rest @ rest / (len(x) - 2) / (x @ x))))
