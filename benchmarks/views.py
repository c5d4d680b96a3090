"""How long every control of every view takes to its picture: `python -m benchmarks.views`.

One process, the app as Streamlit's own test runner runs it, nothing computed but what ships. Each view is opened by its
link and drawn, then every control is moved from there to each neighbouring value, always from the same start: what was
computed meanwhile is forgotten, and what the start had is there again. Seconds are from the change to the end of the
page's run, when the picture has been sent; those of the browser are not in it. `--views race,order` measures some.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from benchmarks import record
from diffviz.experiments.problem import briefly_learned_network, learned_network
from diffviz.ui.cache import RESULTS
from diffviz.ui.shell import engine

ROOT = Path(__file__).parents[1]
VIEWS = {
    "forward": ("forward", {}),
    "score": ("score", {}),
    **{view: ("score", {"view": view}) for view in ("step", "langevin", "pull", "memory")},
    "train": ("train", {}),
    "density": ("likelihood", {}),
    **{view: ("likelihood", {"view": view}) for view in ("log-density", "elbo")},
    **{view: ("race", {"view": view}) for view in ("race", "quality", "order", "anatomy", "sde-ode", "steps")},
    "both-ways": ("race", {"view": "both-ways"}),
    "split": ("race", {"race.split": "true"}),
    **{view: ("few_steps", {"view": view}) for view in ("distil", "consistency", "learned", "straight", "few-race")},
    **{view: ("digits", {"view": view}) for view in ("sample", "learn", "table", "guidance", "latents", "inverse")},
    "plane": ("digits", {"view": "guidance", "guidance.look": "plane"}),
    "counts": ("digits", {"view": "latents", "latents.look": "counts"}),
}
WANTED, MOST, TRAINED = 1.5, 4.0, 3.0  # seconds: at the 95th percentile, at most, and where a network is trained


KINDS = ("selectbox", "slider", "select_slider", "toggle", "multiselect")


class Move(NamedTuple):
    """One control of a view moved to one value: seconds to the picture, and of computing in the whole process.

    trains: whether a network learns for it.
    """

    view: str
    control: str
    value: str
    seconds: float
    cpu: float
    trains: bool


def opened(page: str, link: dict[str, str]) -> AppTest:
    """A fresh session that has drawn a view."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    for name, value in link.items():
        app.query_params[name] = value
    app = app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception
    return app


def controls(app: AppTest) -> list[Any]:
    """All that can be moved, but for the tabs and what is drawn or dragged."""
    return [widget for kind in KINDS for widget in app.get(kind) if not widget.disabled]


def neighbours(widget: Any) -> Iterator[Any]:
    """The values next to the one that a widget has."""
    match widget.type:
        case "toggle":
            yield not widget.value
        case "slider":
            beside = (widget.value - widget.step, widget.value + widget.step)
            yield from (value for value in beside if widget.min <= value <= widget.max)
        case "selectbox":
            yield from _beside(widget.options, widget.format_func(widget.value))
        case "select_slider":
            kind, beside = type(widget.value), _beside(widget.options, widget.format_func(widget.value))
            yield from (kind(text.replace(",", "")) for text in beside)
        case "multiselect":
            yield widget.value[:-1]
            chosen = set(map(widget.format_func, widget.value))
            if len(chosen) < widget.proto.max_selections:
                yield [*widget.value, next(option for option in widget.options if option not in chosen)]


def _beside(options: list[str], option: str) -> list[str]:
    here = options.index(option)
    return options[max(0, here - 1) : here] + options[here + 1 : here + 2]


def forget(kept: Mapping[Hashable, Any]) -> None:
    """Leave of all that was computed only what is kept."""
    RESULTS.restore(kept)
    learned_network.cache_clear()
    briefly_learned_network.cache_clear()


def measure(view: str) -> Iterator[Move]:
    """The opening of a view, then each of its controls to each neighbouring value."""
    page, link = VIEWS[view]
    opened(page, link)  # for the imports
    forget({})
    clocks = _clocks()
    app = opened(page, link)
    yield Move(view, "(opened)", "", *(_clocks() - clocks), False)
    leave(app)
    kept = RESULTS.kept()
    for place, control in enumerate(controls(app)):
        for value in neighbours(control):
            forget(kept)
            app = opened(page, link)
            clocks = _clocks()
            controls(app)[place].set_value(value).run()
            taken = _clocks() - clocks
            trains = re.search(r"\bdata\.[\w-]+\.", control.key or "") is not None
            leave(app)
            yield Move(view, control.label, str(value), *taken, trains)


def leave(app: AppTest) -> None:
    """End what the session computes in the background, which otherwise goes on until nobody has looked for a while."""
    for name, works in app.session_state.items():
        if name.startswith("background:"):
            for work in works.values():
                work.stop()
                work.join()


def _clocks() -> NDArray[np.float64]:
    return np.array([time.perf_counter(), time.process_time()])


def summary(moves: Sequence[Move]) -> list[str]:
    """Percentiles, and the slowest move of each control."""
    plain, trained = ([move.seconds for move in moves if move.trains is which] for which in (False, True))
    at_95 = np.percentile(plain, 95)
    lines = [
        f"{len(plain)} moves: median {np.median(plain):.2f} s, 95th percentile {at_95:.2f} s (wanted: {WANTED}), the "
        f"slowest {max(plain):.2f} s (wanted: {MOST}).",
        "",
    ]
    if trained:
        lines += [f"{len(trained)} moves of data parameters: the slowest {max(trained):.2f} s (wanted: {TRAINED}).", ""]
    slowest: dict[tuple[str, str], Move] = {}
    for move in moves:
        key = (move.view, move.control)
        slowest[key] = max(slowest.get(key, move), move, key=lambda m: m.seconds)
    rows = [(m.view, m.control, m.value, f"{m.seconds:.2f}", f"{m.cpu:.2f}") for m in slowest.values()]
    return lines + record.table(("view", "control", "its slowest value", "seconds", "of computing"), rows, right=3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", default=",".join(VIEWS))
    engine()
    moves = []
    for view in parser.parse_args().views.split(","):
        for move in measure(view):
            moves.append(move)
            print(f"{move.view:10} {move.control:26} {move.value:34} {move.seconds:6.2f} s {move.cpu:6.2f}", flush=True)
    record.write("Every control of every view", summary(moves), record.RESULTS / "views.md")
