"""Who came nearest: the outcomes of a race as a table, with what chance alone would explain."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from diffviz.data import GaussianMixture
from diffviz.grids import UniformLogSNR
from diffviz.metrics import Floor, mode_coverage, split
from diffviz.protocols import Array, ScoreModel
from diffviz.scenes.race import Lane, Outcome, path, standard_error, told

SURE = 3.0  # standard errors beyond which a difference is called one
PARTED, FINE = 500, 200  # particles whose error is split, and steps that leave hardly any of their own


def beyond(worse: Array, better: Array) -> bool:
    """Whether `worse` is further from the data than `better` by more than SURE standard errors.

    Both (GROUPS,), measured with the same noise against the same data: their differences are what varies, not they.
    """
    gap = worse - better
    if not np.isfinite(gap).all():
        return not bool(np.isfinite(worse).all()) and bool(np.isfinite(better).all())
    return float(gap.mean()) > SURE * standard_error(gap)


def ranking(
    outcomes: Sequence[Outcome], bottom: Floor, real: Sequence[Array] = (), mixture: GaussianMixture | None = None
) -> str:
    """The outcomes by distance, nearest first, as a Markdown table that ends with real data against real data.

    mixture: of the data, normalised as the samples and the `real` sets are; then the table also tells of its modes.
    """
    ordered = sorted(outcomes, key=lambda outcome: outcome.distance)
    best = ordered[0]
    one_grid = len({outcome.lane.grid for outcome in outcomes}) == 1
    head = ["sampler", "steps", "calls", "distance to data", "from the nearest", *["modes"] * (mixture is not None)]
    rows = [head, ["---", "---:", "---:", "---:", "---", *["---"] * (mixture is not None)]]
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
        cells = [name, str(lane.steps), str(outcome.nfe), distance, verdict]
        groups = np.split(outcome.final, len(outcome.distances))
        rows.append(cells if mixture is None else [*cells, modes(groups, mixture)])
    last = ["*real data*", "", "", f"*{told(bottom.mean, bottom.error)}*", "*as near as samples get*"]
    rows.append(last if mixture is None else [*last, modes(real, mixture)])
    return _written(rows)


def modes(groups: Sequence[Array], mixture: GaussianMixture) -> str:
    """How many modes all groups found, and over groups how far their shares are off and how many lie in none."""
    found = [mode_coverage(group, mixture) for group in groups]
    everywhere = min(coverage.found for coverage in found)
    off, stray = (_percent(np.array(values)) for values in zip(*((c.gap, c.stray) for c in found), strict=True))
    return f"{everywhere} of {found[0].total}, shares off {off}, stray {stray}"


def _percent(shares: Array) -> str:
    return f"{100 * shares.mean():.1f} ± {100 * standard_error(shares):.1f} %"


def parted(lanes: Sequence[Lane], learned: ScoreModel, exact: ScoreModel, seed: int) -> str:
    """Each lane's error in two, by swapping in the exact score on the same noise: a Markdown table."""
    schedule = learned.schedule
    rows = [["sampler", "model", "steps", "both"], ["---", "---:", "---:", "---:"]]
    for lane in lanes:
        noise = path(schedule, (PARTED, 2), seed)
        grid = lane.grid.times(schedule, lane.steps)
        fine = UniformLogSNR().times(schedule, FINE)
        found = split(lane.sampler, learned, exact, grid, fine, noise)
        rows.append([lane.title, *(told(v.mean, v.error) for v in (found.model, found.discretisation, found.total))])
    return _written(rows)


def _written(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
