"""A measurement in one line of words, and as a strip: both forms with their error bars against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable

from diffviz.claims import Measurement
from diffviz.estimate import Estimate


def line(quantity: str, measurement: Measurement) -> str:
    """Markdown: the quantity, the truth, both forms, and whether the claim holds."""
    parts = [f"truth {number(measurement.truth)}", f"right form {written(measurement.corrected)}"]
    if measurement.printed is not None:
        parts.append(f"printed {written(measurement.printed)}")
    held = ":green[✓ holds]" if measurement.holds else ":red[✗ does not hold]"
    return f"**Measured** {quantity}: {' · '.join(parts)} · **{held}**"


def written(value: Estimate) -> str:
    """An estimate to the second digit of its error; without one where nothing is random."""
    if not math.isfinite(value.mean):
        return "diverged"
    if not value.error:
        return number(value.mean)
    digits = max(0, 1 - math.floor(math.log10(value.error)))
    return f"{value.mean:.{digits}f} ± {value.error:.{digits}f}".replace("-", "−")


def number(value: float) -> str:
    """Four significant digits."""
    return f"{value:.4g}".replace("-", "−")


def strip(measurement: Measurement) -> str:
    """HTML: the truth as a line across, each form as a dot with a bar of three standard errors each way."""
    forms = {"right": measurement.corrected}
    if measurement.printed is not None:
        forms["printed"] = measurement.printed
    at = _scale(measurement, [value for value in forms.values() if math.isfinite(value.mean)])
    tracks = "".join(_track(form, value, at, measurement.truth) for form, value in forms.items())
    said = ", ".join([f"truth {number(measurement.truth)}", *(f"{k} {written(v)}" for k, v in forms.items())])
    return f'<div class="claim" role="img" aria-label="{said}">{tracks}</div>'


def _track(form: str, value: Estimate, at: Callable[[float], float], truth: float) -> str:
    marks = [f'<i class="truth" style="left:{at(truth):.2f}%"></i>']
    if math.isfinite(value.mean):
        low, high = (at(value.mean + side * 3 * value.error) for side in (-1, 1))
        marks.append(f'<i class="bar" style="left:{low:.2f}%;width:{high - low:.2f}%"></i>')
        marks.append(f'<i class="dot" style="left:{at(value.mean):.2f}%"></i>')
    else:
        marks.append('<i class="off">diverged</i>')
    return f'<span>{form}</span><div class="{form}">{"".join(marks)}</div>'


def _scale(measurement: Measurement, forms: list[Estimate]) -> Callable[[float], float]:
    """From values to per cent of the strip, which the truth with its tolerance and all error bars fill."""
    ends = [measurement.truth + side * measurement.tolerance for side in (-1, 1)]
    ends += [value.mean + side * 3 * value.error for value in forms for side in (-1, 1)]
    low, high = min(ends), max(ends)
    return lambda value: 100 * (value - low) / (high - low) if high > low else 50.0
