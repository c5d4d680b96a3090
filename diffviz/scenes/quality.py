"""What quality costs: the chart of a sweep, and the sentence that answers which sampler at how many steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffviz.metrics import Floor
from diffviz.player import Curve, Pane, Scene
from diffviz.protocols import Array
from diffviz.scenes.sweep import Series

SPAN = np.array([1.8, 1150.0])  # network calls, the chart's width


class Enough(NamedTuple):
    """The cheapest measured budget from which on a sampler stays within the wanted distance."""

    title: str
    nfe: int
    steps: int
    mean: float
    error: float


def chart(titles: Sequence[str], series: Sequence[Series], floor: Floor, target: float, label: str) -> Scene:
    """Distance over counted calls, both logarithmic, with error bars, the floor and the wanted distance."""
    lines: dict[str, tuple[Array, Array]] = {}
    whiskers: dict[str, Array] = {}
    for title, found in zip(titles, series, strict=True):
        seen = np.isfinite(found.mean)
        if seen.any():
            lines[title] = found.nfe[seen], found.mean[seen]
            whiskers[title] = np.nan_to_num(found.error[seen])
    heights = np.concatenate([[floor.mean, target], *(y for _, y in lines.values())])
    if not lines:
        lines = {"measuring": (SPAN, np.full(2, np.nan))}
    curve = Curve(
        SPAN,
        lines,
        log_x=True,
        log_y=True,
        x_label="network calls",
        y_label=label,
        whiskers=whiskers,
        dots=True,
        rules={"real against real": floor.mean, "wanted": target},
        y_limits=(0.8 * float(heights.min()), min(1.2 * float(heights.max()), 30 * floor.mean)),
    )
    description = f"{label} of {', '.join(titles)} over the number of network calls."
    return Scene([Pane([curve], aspect=2.1)], columns=1, autoplay=False, description=description)


def enough(title: str, found: Series, target: float) -> Enough | None:
    """Where a sampler gets within `target` and stays there at every larger budget measured; None if it does not."""
    good = found.mean <= target
    stays = np.logical_and.accumulate(good[::-1])[::-1] if len(good) else good
    if not stays.any():
        return None
    k = int(stays.argmax())
    return Enough(title, int(found.nfe[k]), int(found.steps[k]), float(found.mean[k]), float(found.error[k]))


def answer(titles: Sequence[str], series: Sequence[Series], target: float, floor: Floor, adaptive: set[str]) -> str:
    """Which sampler at how many steps, for this model and this quality, and what the others need."""
    reached = [e for t, s in zip(titles, series, strict=True) if (e := enough(t, s, target))]
    wish = f"a distance of at most {target:.3g} ({target / floor.mean:.2g} times what real data have among themselves)"
    if not reached:
        known = [
            (float(s.mean[k]), t, int(s.nfe[k]))
            for t, s in zip(titles, series, strict=True)
            for k in np.flatnonzero(np.isfinite(s.mean))
        ]
        if not known:
            return "Measuring."
        mean, title, nfe = min(known)
        return (
            f"**None of these comes within {wish}.** The nearest is {title} at {nfe} calls with {mean:.3g}; what more "
            "steps do not mend is the model's own error."
        )
    reached.sort(key=lambda e: (e.nfe, e.mean))
    first, rest = reached[0], reached[1:]
    ties = [e.title for e in rest if e.nfe == first.nfe]
    best = " and ".join([first.title, *ties])
    cost = f"{first.nfe} calls" if first.title in adaptive else f"{_steps(first.steps)} ({first.nfe} calls)"
    told = [f"{e.title} needs {e.nfe}" for e in rest if e.title not in ties]
    told += [f"{t} does not get there" for t in titles if t not in {e.title for e in reached}]
    others = f" {'; '.join(told)}." if told else ""
    return f"**For this model and {wish}: {best} at {cost}.**{others}"


def _steps(count: int) -> str:
    return f"{count} step" + "s" * (count != 1)
