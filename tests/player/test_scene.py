"""Scenes refuse what cannot be drawn, with one sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffviz.player import Arrows, Curve, Heat, Pane, Points, Question, Scene, Tiles, Trails

XY = np.zeros((5, 4, 2))
PANE = Pane([Points(XY)])

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "an answer that is no pane": (
        lambda: Scene([PANE], question=Question("Which?", (1,), "The second.")),
        "panes from 0",
    ),
    "points of three coordinates": (lambda: Points(np.zeros((5, 4, 3))), "Points.xy"),
    "points without frames": (lambda: Points(np.zeros((4, 2))), "Points.xy"),
    "no points": (lambda: Points(np.zeros((5, 0, 2))), "empty"),
    "text for points": (lambda: Points(np.full((1, 1, 2), "a")), "numbers"),
    "too few groups": (lambda: Points(XY, groups=np.array([1, 2])), "4 whole numbers"),
    "fractional groups": (lambda: Points(XY, groups=np.ones(4) / 2), "4 whole numbers"),
    "invisible points": (lambda: Points(XY, opacity=0), "opacity"),
    "trails of unknown particles": (lambda: Trails(XY, ids=[4]), "between 0 and 3"),
    "trails that look back nowhere": (lambda: Trails(XY, length=0), "at least 1"),
    "arrows without origins": (lambda: Arrows(np.zeros((3, 2)), XY), "4 and 3"),
    "a flat heat map": (lambda: Heat(np.zeros((3, 3))), "3 axes"),
    "an unknown palette": (lambda: Heat(np.zeros((1, 3, 3)), palette="jet"), "jet"),  # type: ignore[arg-type]
    "falling limits": (lambda: Heat(np.zeros((1, 3, 3)), limits=(1, 0)), "rise"),
    "a tile without a grid": (lambda: Tiles(np.zeros((1, 2, 8, 8)), columns=0), "at least 1"),
    "a line shorter than x": (lambda: Curve(np.zeros(3), {"a": np.zeros(2)}), "as many values as x"),
    "a band shorter than x": (
        lambda: Curve(np.zeros(3), {"a": np.zeros(3)}, bands={"a": (np.zeros(3), np.zeros(2))}),
        "as many values as x",
    ),
    "bars that do not fit their line": (
        lambda: Curve(np.zeros(3), {"a": (np.zeros(2), np.zeros(2))}, whiskers={"a": np.zeros(3)}),
        "as many values as x, 2",
    ),
    "a band without a rule": (lambda: Curve(np.zeros(3), {"a": np.zeros(3)}, rule_bands={"b": 1.0}), "no rule"),
    "bars without a line": (lambda: Curve(np.zeros(3), {"a": np.zeros(3)}, whiskers={"b": np.zeros(3)}), "no line"),
    "a chart without lines": (lambda: Curve(np.zeros(3), {}), "at least one line"),
    "an empty pane": (lambda: Pane([]), "at least one layer"),
    "a chart over points": (lambda: Pane([Points(XY), Curve(np.zeros(3), {"a": np.zeros(3)})]), "on its own"),
    "layers of different lengths": (lambda: Pane([Points(XY), Points(XY[:3])]), "3 and 5 frames"),
    "an extent inside out": (lambda: Pane([Points(XY)], extent=(1, -1, 0, 1)), "extent"),
    "an endless extent": (lambda: Pane([Points(XY)], extent=(0, np.inf, 0, 1)), "extent"),
    "a flat pane": (lambda: Pane([Points(XY)], aspect=0), "aspect"),
    "too few notes": (lambda: Pane([Points(XY)], notes=["a"]), "one note a frame"),
    "a clock that turns back": (lambda: Pane([Points(XY)], clock=np.array([0, 0.5, 0.4, 0.6, 1])), "rise"),
    "a clock beyond its end": (lambda: Pane([Points(XY)], clock=np.linspace(0, 2, 5)), "rise"),
    "a clock with a hole": (lambda: Pane([Points(XY)], clock=np.full(5, np.nan)), "rise"),
    "no panes": (lambda: Scene([]), "at least one pane"),
    "no columns": (lambda: Scene([PANE], columns=0), "column"),
    "no time": (lambda: Scene([PANE], seconds=0), "seconds"),
    "a negative mark": (lambda: Scene([PANE], marks=[-1]), "from 0"),
    "one clock value": (lambda: Scene([PANE], clock_values=[1.0]), "two finite numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_one_sentence(case: str) -> None:
    build, part = REFUSED[case]
    with pytest.raises(ValueError) as caught:
        build()
    said = str(caught.value)
    assert part in said and said.endswith(".") and "\n" not in said


def test_panes_of_different_lengths_share_a_clock() -> None:
    scene = Scene([PANE, Pane([Points(XY[:2]), Heat(np.zeros((1, 3, 3)))])])
    assert [pane.frames for pane in scene.panes] == [5, 2]
    assert len(scene.payload()) > 0


def test_arrays_are_kept_not_copied() -> None:
    assert Points(XY).xy is XY


def test_the_player_needs_neither_torch_nor_streamlit_nor_plotly() -> None:
    code = "import sys, diffviz.player; print(*{'torch', 'streamlit', 'plotly'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
