"""Limits of axes that stand still while what is drawn on them grows."""

from __future__ import annotations

import math

import numpy as np

from diffviz.protocols import Array


def round_limits(*values: Array | float) -> tuple[float, float] | None:
    """Limits of a logarithmic axis around values, each 1, 2 or 5 times a power of ten; None if none can stand there.

    As more values come in, they only ever widen, and only from one such number to the next.
    """
    known = np.concatenate([np.ravel(value) for value in values])
    known = known[np.isfinite(known) & (known > 0)]
    if not known.size:
        return None
    least, greatest = float(known.min()), float(known.max())
    low = max(number for number in _round_numbers(least) if number <= least)
    high = min(number for number in _round_numbers(greatest) if number >= greatest)
    return (low, high) if low < high else (low / 2, high * 2)


def step_limits(planned: int) -> tuple[float, float]:
    """Limits of a logarithmic axis of training steps: all those that are planned."""
    return 1.0, float(max(planned, 2))


def _round_numbers(value: float) -> list[float]:
    """1, 2 and 5 times the powers of ten about a positive value, some below it and some above."""
    power = math.floor(math.log10(value))
    return [m * 10.0**p for p in (power - 1, power, power + 1) for m in (1, 2, 5)]
