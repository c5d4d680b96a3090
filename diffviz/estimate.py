"""A measured mean and its standard error: of repeated values, and as text."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffviz.protocols import Array


class Estimate(NamedTuple):
    """A mean, and its standard error."""

    mean: float
    error: float


def standard_error(values: Array) -> float:
    """Of the mean of two or more independent values (n,); infinite if one of them is not finite."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if np.isfinite(values).all() else math.inf


def share_error(share: float, count: int) -> float:
    """Standard error of a share of `count`, by the normal approximation; not below that of half a one."""
    return math.sqrt(max(share * (1 - share), 0.25 / count) / count)


def format_seconds(seconds: float | None) -> str:
    """What training cost, in seconds of a processor; nothing where nothing was trained."""
    return "" if seconds is None else f"{seconds:,.0f} CPU s"


def format_estimate(mean: float, error: float) -> str:
    """Both to the error's second digit, three decimals at most, below which the error is "<0.001"; or "diverged"."""
    if not math.isfinite(mean):
        return "diverged"
    digits = min(3, max(0, 1 - math.floor(math.log10(error)))) if error > 0 else 3
    shown = "<0.001" if 0 < error < 0.0005 else f"{error:.{digits}f}"
    return f"{mean:.{digits}f} ± {shown}"
