"""Who came nearest: the outcomes of a race as a table, with what chance alone would explain."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from diffviz.metrics import Floor
from diffviz.prediction import Array
from diffviz.scenes.race import Outcome, standard_error, told

SURE = 3.0  # standard errors beyond which a difference is called one


def beyond(worse: Array, better: Array) -> bool:
    """Whether `worse` is further from the data than `better` by more than SURE standard errors.

    Both (GROUPS,), measured with the same noise against the same data: their differences are what varies, not they.
    """
    gap = worse - better
    if not np.isfinite(gap).all():
        return not bool(np.isfinite(worse).all()) and bool(np.isfinite(better).all())
    return float(gap.mean()) > SURE * standard_error(gap)


def ranking(outcomes: Sequence[Outcome], bottom: Floor) -> str:
    """The outcomes by distance, nearest first, as a Markdown table that ends with real data against real data."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.distance)
    best = ordered[0]
    one_grid = len({outcome.lane.grid for outcome in outcomes}) == 1
    rows = ["| sampler | steps | calls | distance to data | from the nearest |", "|---|---:|---:|---:|---|"]
    for outcome in ordered:
        gap = outcome.distances - best.distances
        if outcome is best:
            verdict = "nearest"
        elif not beyond(outcome.distances, best.distances):
            verdict = "no visible difference"
        elif math.isfinite(outcome.distance):
            verdict = f"+{told(float(gap.mean()), standard_error(gap))}"
        else:
            verdict = "left the plane"
        lane, distance = outcome.lane, told(outcome.distance, outcome.error)
        name = lane.title if one_grid else f"{lane.title} · {lane.grid.title}"
        cells = (name, lane.steps, outcome.nfe, distance, verdict)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    rows.append(f"| *real data* | | | *{told(bottom.mean, bottom.error)}* | *as near as samples get* |")
    return "\n".join(rows)
