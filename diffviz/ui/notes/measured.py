"""A measurement in one line of words, and as a strip: both forms with their error bars against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable

from diffviz.claims import Measurement
from diffviz.estimate import Estimate

WIDTH, ROW, LABELS, EDGE = 360, 18, 50, 6


def line(quantity: str, measurement: Measurement) -> str:
    """Markdown: the quantity, the truth, both forms, and whether the claim holds."""
    parts = [f"truth {number(measurement.truth)}", f"right form {written(measurement.corrected)}"]
    if measurement.printed is not None:
        parts.append(f"printed {written(measurement.printed)}")
    held = ":green[✓ holds]" if measurement.holds else ":red[✗ does not hold]"
    return f"**{quantity[0].upper()}{quantity[1:]}:** {' · '.join(parts)} · **{held}**"


def written(value: Estimate) -> str:
    """An estimate to the second digit of its error; without one where nothing is random."""
    if not math.isfinite(value.mean):
        return "diverged"
    if not value.error:
        return number(value.mean)
    digits = max(0, 1 - math.floor(math.log10(value.error)))
    return f"{value.mean:.{digits}f} ± {value.error:.{digits}f}"


def number(value: float) -> str:
    """Four significant digits."""
    return f"{value:.4g}".replace("-", "−")


def strip(measurement: Measurement) -> str:
    """An SVG: the truth as a dashed line across, each form as a dot with a bar of three standard errors each way."""
    forms = {"right": measurement.corrected}
    if measurement.printed is not None:
        forms["printed"] = measurement.printed
    at = _scale(measurement.truth, [value for value in forms.values() if math.isfinite(value.mean)])
    height = ROW * len(forms) + 4
    x = at(measurement.truth)
    marks = [f'<line class="truth" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"/>']
    for n, (form, value) in enumerate(forms.items()):
        y = ROW * n + ROW / 2 + 2
        marks.append(f'<text x="0" y="{y + 4}">{form}</text>')
        if math.isfinite(value.mean):
            low, high = (at(value.mean + side * 3 * value.error) for side in (-1, 1))
            marks.append(f'<line class="{form}" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>')
            marks.append(f'<circle class="{form}" cx="{at(value.mean):.1f}" cy="{y}" r="4"/>')
        else:
            marks.append(f'<text x="{WIDTH}" y="{y + 4}" text-anchor="end">diverged →</text>')
    said = ", ".join([f"truth {number(measurement.truth)}", *(f"{k} {written(v)}" for k, v in forms.items())])
    drawn = "".join(marks)
    return f'<svg class="claim" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{said}">{drawn}</svg>'


def _scale(truth: float, forms: list[Estimate]) -> Callable[[float], float]:
    """From values to places along the strip, which the truth and all error bars fill."""
    ends = [truth, *(value.mean + side * 3 * value.error for value in forms for side in (-1, 1))]
    low, high = min(ends), max(ends)
    width = WIDTH - LABELS - 2 * EDGE
    return lambda value: LABELS + EDGE + width * ((value - low) / (high - low) if high > low else 0.5)
