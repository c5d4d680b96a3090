"""A background run on a page: found again after a rerun, a change of page or a reload; steered and drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diffviz.player.scene import Scene
from diffviz.runs.lifecycle import Run
from diffviz.runs.registry import RUNS
from diffviz.runs.snapshot import Snapshot, Status
from diffviz.ui.state import Choices

TICK, REST = 0.4, 5.0  # seconds between two looks at a run that works, and at one that waits
LOOKS = 6  # a second, at all runs together: where many train at once, each is looked at less often
CHANGED = "**Shown is the run as it began**: the choices have changed since, and apply once it is restarted."
GONE = (
    "The run that was here is gone, with its weights, as one ends when nobody looks at it for ten minutes and when the "
    "server stops; Start trains anew, with the choices shown."
)
ELSEWHERE = "The run that the address names is another page's, where it goes on."
_drawn: WeakKeyDictionary[Run, tuple[Hashable, bytes]] = WeakKeyDictionary()
_GOING = (Status.QUEUED, Status.RUNNING, Status.IDLE)
R = TypeVar("R", bound=Run)


def held(choices: Choices, kind: type[R], view: str = "") -> R | None:
    """The run of this session in this view, or the one that the address names.

    None if there is none, and if it is gone or another page's, which the page then says; the run there goes on. view:
    the slug of a view that has runs of its own beside those of its page, which then are `run_name`'s.
    """
    name = run_name(choices.page, view)
    key = f"{name}:run"
    known = [run_id for run_id in (st.session_state.pop(key, None), st.query_params.get("run")) if run_id]
    for run_id in known:
        of = RUNS.page_of(run_id)
        run = RUNS.adopt(run_id) if of == name else None
        if isinstance(run, kind):
            st.session_state[key] = run.id
            return run
        if of is None or of.partition(".")[0] != choices.page:  # the other view of this page keeps its own
            choices.complaints.append(GONE if of is None else ELSEWHERE)
    return None


def run_name(page: str, view: str = "") -> str:
    """What the runs of a page are kept under, or those of one of its views."""
    return f"{page}.{view}" if view else page


def start(page: str, make: Callable[[], Run]) -> None:
    """Begin a fresh run as the page's, in place of the one it may have."""
    drop(page)
    run = RUNS.add(make(), page)
    st.session_state[f"{page}:run"] = run.id
    run.start()


def drop(page: str) -> None:
    """End the page's run and forget it."""
    RUNS.drop(st.session_state.pop(f"{page}:run", ""))
    st.session_state.pop(f"{page}:replay", None)
    if "run" in st.query_params:
        del st.query_params["run"]


def buttons(
    page: str,
    place: DeltaGenerator,
    run: Run | None,
    make: Callable[[], Run],
    *,
    ready: bool,
    changed: bool,
    replays: bool = True,
) -> bool:
    """Start, Pause, Resume, Reset, as they make sense now; answers whether learning is to be replayed.

    ready: whether the choices can be trained with. changed: whether they are others than the run's, which then can be
    started over at once. replays: whether there is a picture of its learning to be replayed.
    """
    status = Status.READY if run is None else run.status
    replayed = False
    with place:
        if run is None or status.ended or status is Status.READY:
            key = f"{page}:start"
            st.button("Start", key=key, type="primary", on_click=start, args=(page, make), disabled=not ready)
        elif status is Status.PAUSED:
            st.button("Resume", key=f"{page}:resume", type="primary", on_click=_resume, args=(page, run))
        else:
            st.button("Pause", key=f"{page}:pause", type="primary", on_click=_pause, args=(run,))
        if changed and run is not None and not status.ended:
            note = "Forget this run and train anew with the choices shown."
            key = f"{page}:restart"
            st.button("Restart with these", key=key, on_click=start, args=(page, make), disabled=not ready, help=note)
        if run is not None:
            note = "Forget this run. The next Start begins from the same first weights, with the settings shown."
            st.button("Reset", key=f"{page}:reset", on_click=drop, args=(page,), help=note)
            if replays and status not in _GOING and run.moments:
                note = "Scrub through the moments of training."
                replayed = st.toggle("Replay learning", key=f"{page}:replay", help=note)
    return replayed


def picture(run: Run, of: Hashable, compose: Callable[[], Scene]) -> bytes:
    """The payload of what a run shows, composed once for all who look until it shows something else.

    of: what the picture depends on, such as the step.
    """
    drawn = _drawn.get(run)
    if drawn is None or drawn[0] != of:
        drawn = _drawn[run] = of, compose().payload()
    return drawn[1]


def line(run: Run, snapshot: Snapshot | None, loss: bool = True) -> str:
    """How the run stands, in one line. loss: whether one number says how well it does."""
    if run.position:
        return f"Queued: number {run.position} in line for a place to compute."
    if snapshot is None:
        return f"**{run.status.capitalize()}** · before the first step" if run.status.ended else "Starting"
    now = snapshot.progress
    digits = 0 if now.rate >= 100 else 1
    return (
        f"**{run.status.capitalize()}** · step {now.step:,} of {now.steps:,} · {now.rate:,.{digits}f} steps/s · "
        f"{now.step / now.rate:.1f} s computing"
        + ("" if run.status.ended else f", {time_left(now.left)} left")
        + (f" · loss {now.smooth_loss:.4f} (running mean)" if loss else "")
    )


def time_left(seconds: float) -> str:
    """Seconds, or minutes from two on: nobody counts 1194 s."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def watch(run: Run, draw: Callable[[], None], still: bool = False) -> None:
    """Draw now, and again at every tick while the run is alive; the whole page runs again when its buttons change.

    still: draw once only; the run is looked at all the same.
    """
    before = run.status

    def look() -> None:
        run.touch()
        draw()
        if run.status is not before and not {before, run.status} <= set(_GOING):
            st.rerun()

    interval = max(TICK, RUNS.at_work / LOOKS) if before in _GOING else REST
    st.fragment(look, run_every=None if still or before.ended else interval)()


def _pause(run: Run) -> None:
    run.pause()
    run.wait(lambda: run.status not in (Status.RUNNING, Status.QUEUED), 1.0)  # so that the buttons are right at once


def _resume(page: str, run: Run) -> None:
    st.session_state[f"{page}:replay"] = False
    run.resume()
    run.wait(lambda: run.status is not Status.PAUSED, 1.0)
