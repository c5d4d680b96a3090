"""A measurement in one line of words, and as a strip: both forms with their error bars against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable

from diffviz.claims import Measurement
from diffviz.estimate import Estimate


def line(quantity: str, measurement: Measurement) -> str:
    """Markdown: the quantity, the truth, both forms, and in words whether they behave as the row says."""
    parts = [f"truth {number(measurement.truth)}", f"right form {written(measurement.corrected)}"]
    if measurement.printed is not None:
        parts.append(f"printed {written(measurement.printed)}")
    return f"**Measured** {quantity}: {' · '.join(parts)}\n\n**{found(measurement)}**"


def found(measurement: Measurement) -> str:
    """Markdown: what the measurement says of the row, in words that need no legend."""
    if not measurement.holds:
        return ":red[✗ The measurement does not bear this out]"
    if measurement.printed is None:
        return ":green[✓ The form gives the truth]"
    return ":green[✓ The right form gives the truth, the printed one does not]"


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
    """HTML: the truth as a line in the band of its tolerance; each form as a dot, with three standard errors around."""
    forms = {"right": measurement.corrected}
    if measurement.printed is not None:
        forms["printed"] = measurement.printed
    at = _scale(measurement, [value for value in forms.values() if math.isfinite(value.mean)])
    tracks = "".join(_track(form, value, at, measurement) for form, value in forms.items())
    said = ", ".join([f"truth {number(measurement.truth)}", *(f"{k} {written(v)}" for k, v in forms.items())])
    said += f", tolerance {number(measurement.tolerance)}"
    return f'<div class="claim" role="img" aria-label="{said}" title="{said}">{tracks}</div>'


def legend() -> str:
    """HTML: what the marks of the strips mean."""
    marks = {
        "the truth": ("right", '<i class="truth" style="left:50%"></i>'),
        "how far finitely many steps and draws may take a right form off": (
            "right",
            '<i class="band" style="left:0;width:100%"></i>',
        ),
        "right form": ("right", '<i class="dot" style="left:50%"></i>'),
        "printed form": ("printed", '<i class="dot" style="left:50%"></i>'),
        "three standard errors to each side": ("right", '<i class="bar" style="left:0;width:100%"></i>'),
    }
    keys = "".join(
        f'<span><span class="claim" aria-hidden="true"><div class="{form}">{mark}</div></span>{meaning}</span>'
        for meaning, (form, mark) in marks.items()
    )
    return f'<div class="claims-legend">{keys}</div>'


def _track(form: str, value: Estimate, at: Callable[[float], float], measurement: Measurement) -> str:
    truth, tolerance = measurement.truth, measurement.tolerance
    low, high = at(truth - tolerance), at(truth + tolerance)
    marks = [f'<i class="band" style="left:{low:.2f}%;width:{high - low:.2f}%"></i>']
    marks.append(f'<i class="truth" style="left:{at(truth):.2f}%"></i>')
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
