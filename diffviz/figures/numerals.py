"""Numbers as one would write them: 0.0213, 1,000, 6.53·10⁻⁷, 0.076 ± 0.012."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
POWERS, COARSE, FINE = (1.0,), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)  # multiples of powers of ten
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def split_power(value: float) -> tuple[float, int]:
    """The number as (m, p), m times 10 to the p; p is 0 between a thousandth and ten thousand."""
    size = abs(value)
    if size == 0 or not math.isfinite(size) or 1e-3 <= size < 1e4:
        return value, 0
    power = math.floor(math.log10(size) + 1e-9)
    return value / 10.0**power, power


def written(value: float, digits: int = 3) -> str:
    """The number to so many significant digits."""
    lead, power = split_power(value)
    text = f"{float(f'{lead:.{digits}g}'):,.10g}".replace("-", MINUS)
    if not power:
        return text
    raised = f"10{str(power).translate(_RAISED)}"
    return raised if text == "1" else f"{text}·{raised}"


def estimate(value: float, half: float | None) -> str:
    """A value with half its bar, if it has one."""
    return written(value) if half is None or not half > 0 else f"{written(value)} ± {written(half, 2)}"


def decade_steps(low: float, high: float) -> tuple[float, ...] | None:
    """The multiples of powers of ten at which a logarithmic axis has its numbers; None where it had better be even."""
    decades = math.log10(high / low)
    if decades > 3.2:
        return POWERS
    if decades > 1.1:
        return COARSE
    return FINE if decades > 0.35 else None


def between(low: float, high: float, steps: tuple[float, ...]) -> list[float]:
    """Those multiples of powers of ten, from low to high."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [float(f"{step}e{power}") for power in powers for step in steps]
    return [value for value in values if low <= value <= high]
