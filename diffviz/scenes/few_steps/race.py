"""Digits of solvers and students from the same noise, on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffviz.estimate import format_seconds
from diffviz.player import Scene
from diffviz.scenes.digits.tiles import path_pane

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.digits import DigitPath


def digits(paths: Sequence[DigitPath]) -> Scene:
    """The states of each lane; schedules differ, so the clock is the share of each one's time."""
    panes = []
    for one in paths:
        nfe = one.path.nfe
        cost = f" · trained in {format_seconds(one.trained)}" if one.trained is not None else ""
        panes.append(path_pane(one.path, one.lane.title, f"{nfe} call{'s' * (nfe != 1)}{cost}"))
    titles = ", ".join(one.lane.title for one in paths)
    return Scene(
        panes,
        columns=3,
        clock_values=None,
        clock_label="t",
        seconds=5,
        description=f"Digits from the same noise by {titles}",
    )
