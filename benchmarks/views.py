"""How long every control of every view takes to answer: `python -m benchmarks.views`.

In one process without a browser (Streamlit's AppTest, from `app.py`): each view is opened, then each of its controls is
moved from the default to each neighbouring value, with nothing at hand but what ships and what is imported: before
every move all caches are cleared, so that it draws, samples and measures all that the page shows. Seconds are from the
move to the script's end; CPU seconds are of the whole process, with what goes on in the background meanwhile. Moves
that train a network stand apart. --views takes names of the navigation and of tabs, such as "Sampler race: Order".
Written to `benchmarks/results/views.md`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from benchmarks import record
from benchmarks.client import encode
from benchmarks.screen import CONTROLS, Control, Wire
from benchmarks.server import ROOT
from diffviz.experiments import problem

P95, MOST, TRAINED = 1.5, 4.0, 3.0  # seconds wanted: of 95 moves in 100, of all, and where a network is trained


@dataclass(frozen=True)
class Move:
    """One move of one control, or "opened". trained: whether a network was trained for it."""

    view: str
    control: str
    value: str
    seconds: float
    cpu: float
    trained: bool


class Opened:
    """One view, opened with its default choices, and moved from these."""

    def __init__(self, page: str) -> None:
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
        self.app.run()
        self.app.switch_page(f"pages/{page}.py").run()
        self.defaults = self._states()

    def controls(self) -> list[Control]:
        """What can be moved from value to value, on the page as it stands."""
        protos = [node.proto for node in self.app._tree if isinstance(node, Widget)]
        found = [CONTROLS[kind](proto) for proto in protos if (kind := _kind(proto)) in CONTROLS]
        return [control for control in found if control.is_choice]

    def tab(self, label: str) -> None:
        """Change to another view of the page, which is where moves are made from then on."""
        control = next(c for c in self.controls() if c.label == "View")
        self.move(control, ("string_array_value", [label]))
        self.defaults = self._states()

    def move(self, control: Control, value: Wire) -> None:
        """Give one control a value, and all others their default."""
        states = WidgetStates(widgets=[state for state in self.defaults.widgets if state.id != control.id])
        states.widgets.append(encode(control.id, value))
        self.app._run(states)
        if self.app.exception:
            raise SystemExit(f"{control.label} = {value[1]}: {self.app.exception[0].message}")

    def _states(self) -> WidgetStates:
        return self.app._tree.get_widget_states()


def _kind(proto: Any) -> str:
    """The kind of a widget, as its element calls it, from its message."""
    name: str = proto.DESCRIPTOR.name
    return "button_group" if name == "ButtonGroup" else name.lower()


def forget() -> None:
    """Clear what pages and experiments remember; shipped weights stay."""
    st.cache_resource.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("diffviz.experiments"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def timed(opened: Opened, view: str, control: Control, value: Wire, name: str) -> Move:
    """Move with nothing at hand."""
    forget()
    with patch.object(problem, "train", wraps=problem.train) as train:
        wall, cpu = time.perf_counter(), time.process_time()
        opened.move(control, value)
        seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    content = value[1][0] if isinstance(value[1], list) and len(value[1]) == 1 else value[1]
    return Move(view, name, str(content), seconds, cpu, train.called)


def views_of(page: str, title: str, wanted: list[str]) -> Iterator[tuple[str, Opened]]:
    """Every wanted view of a page, opened once before."""
    opened = Opened(page)
    tabs = next((c for c in opened.controls() if c.label == "View"), None)
    if tabs is None:
        if not wanted or title in wanted:
            yield title, opened
        return
    for label in [tabs.value[1][0], *(value[0] for _, value in tabs.neighbours)]:
        if not wanted or {title, f"{title}: {label}"} & set(wanted):
            opened = Opened(page)
            opened.tab(label)
            yield f"{title}: {label}", opened


def measure(wanted: list[str]) -> Iterator[Move]:
    """All moves of the wanted views, of all where none is named."""
    pages = {
        "home": "Home",
        "forward": "Forward SDE",
        "train": "Train live",
        "race": "Sampler race",
        "digits": "Digits",
    }
    for page, title in pages.items():
        if wanted and not any(name.split(":")[0] == title for name in wanted):
            continue
        for view, opened in views_of(page, title, wanted):
            controls = opened.controls()
            tabs = next((c for c in controls if c.label == "View"), None)
            if tabs is not None:
                yield timed(opened, view, tabs, tabs.value, "(opened)")
            for control in controls:
                if control is not tabs:
                    for value in control.neighbours:
                        yield timed(opened, view, control, value, control.label)


def report(moves: list[Move]) -> list[str]:
    """The tables: what is wanted and found, then view by control."""
    plain = [move.seconds for move in moves if not move.trained]
    training = [move.seconds for move in moves if move.trained]
    rows = []
    if plain:
        p95 = np.percentile(plain, 95, method="inverted_cdf")
        rows += [
            (f"P95 of {len(plain)} moves", f"{p95:.2f}", f"{P95:g}"),
            ("slowest", f"{max(plain):.2f}", f"{MOST:g}"),
        ]
    if training:
        rows.append((f"slowest of {len(training)} that train a network", f"{max(training):.2f}", f"{TRAINED:g}"))
    lines = record.table(["seconds to the answer", "measured", "wanted, at most"], rows)
    for trained, title in ((False, "By view and control"), (True, "Moves that train a network")):
        some = [move for move in moves if move.trained is trained]
        lines += ["", f"## {title}", ""]
        lines += record.table(["view", "control", "slowest to", "moves", "s", "CPU s"], _slowest(some), right=3)
    return lines


def _slowest(moves: list[Move]) -> list[tuple[str, ...]]:
    """A row a control: its slowest move."""
    rows = []
    for view, control in dict.fromkeys((move.view, move.control) for move in moves):
        mine = [move for move in moves if (move.view, move.control) == (view, control)]
        worst = max(mine, key=lambda move: move.seconds)
        rows.append((view, control, worst.value, str(len(mine)), f"{worst.seconds:.2f}", f"{worst.cpu:.2f}"))
    return rows


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--views", nargs="*", default=[], help="only these; all where none is named")
    parser.add_argument("--output", type=Path, default=record.RESULTS / "views.md")
    a = parser.parse_args()
    moves = []
    for move in measure(a.views):
        moves.append(move)
        print(f"{move.seconds:6.2f} s  {move.cpu:6.2f} CPU s  {move.view}, {move.control} = {move.value}", flush=True)
    record.write("How soon every control answers", report(moves), a.output)


if __name__ == "__main__":
    main()
