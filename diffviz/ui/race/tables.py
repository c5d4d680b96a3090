"""The tables under a race: who came nearest, with what chance alone would explain, and the two parts of each error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from diffviz.estimate import format_estimate, format_seconds, standard_error
from diffviz.experiments.error_split import ErrorSplitResult
from diffviz.experiments.problem import GROUPS, SIZE
from diffviz.experiments.race import SIGNIFICANT, LaneResult, RaceResult, significantly_worse
from diffviz.metrics import Coverage
from diffviz.protocols import Array


def ranking(result: RaceResult) -> str:
    """The lanes by distance, nearest first, as a Markdown table that ends with real data against real data.

    Where the data have a closed form, the table also tells of its modes.
    """
    ranked = result.ranked
    one_grid = len({lane.lane.where for lane in ranked if lane.lane.where}) <= 1
    modes, taught = bool(result.coverage), any(lane.trained is not None for lane in ranked)
    head = ["sampler", "steps", "calls", "distance to data", "from the nearest"]
    rows = [[*head, *["modes"] * modes, *["trained in"] * taught]]
    rows.append(["---", "---:", "---:", "---:", "---", *["---"] * modes, *["---:"] * taught])
    for lane in ranked:
        title = lane.lane.title if one_grid or not lane.lane.where else f"{lane.lane.title} · {lane.lane.where}"
        distance = format_estimate(lane.distance, lane.error)
        cells = [title, str(lane.lane.steps), str(lane.nfe), distance, _verdict(lane, ranked[0])]
        rows.append([*cells, *_modes(lane.coverage), *[format_seconds(lane.trained)] * taught])
    floor = f"*{format_estimate(result.floor.mean, result.floor.error)}*"
    rows.append(["*real data*", "", "", floor, "*as near as real data are*", *_modes(result.coverage), *[""] * taught])
    return _markdown(rows)


def ranking_caption(result: RaceResult) -> str:
    """What ± means in that table, and when a difference is one."""
    return (
        f"±: standard error of the mean, over {GROUPS} groups of {SIZE:,} samples, of real data over "
        f"{result.floor.pairs} pairs of sets, of which about half lie nearer than that mean. *No visible difference*: "
        f"a difference of less than {SIGNIFICANT:g} standard errors of its own."
    )


def error_split(result: ErrorSplitResult) -> str:
    """Each lane's error in two, as a Markdown table."""
    rows = [["sampler", "model", "steps", "both"], ["---", "---:", "---:", "---:"]]
    for lane, split in zip(result.config.lanes, result.splits, strict=True):
        rows.append([lane.title, *(format_estimate(*v) for v in (split.model, split.discretisation, split.total))])
    return _markdown(rows)


def _verdict(lane: LaneResult, nearest: LaneResult) -> str:
    if lane is nearest:
        return "nearest"
    if not significantly_worse(lane.distances, nearest.distances):
        return "no visible difference"
    if not math.isfinite(lane.distance):
        return "left the plane"
    gap = lane.distances - nearest.distances
    return f"+{format_estimate(float(gap.mean()), standard_error(gap))}"


def _modes(groups: tuple[Coverage, ...]) -> list[str]:
    """A cell: how many modes all groups found, and over groups how far their shares are off and how many lie in none.

    No cell without groups.
    """
    if not groups:
        return []
    everywhere = min(group.covered for group in groups)
    off, stray = _percent([group.gap for group in groups]), _percent([group.stray for group in groups])
    return [f"{everywhere} of {groups[0].total}, shares off {off}, stray {stray}"]


def _percent(values: Sequence[float]) -> str:
    shares: Array = 100 * np.array(values)
    return f"{shares.mean():.1f} ± {standard_error(shares):.1f} %"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
