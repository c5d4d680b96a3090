"""A class at work: `python -m benchmarks.load --sessions 30 --training 12`.

Visitors without browsers (`benchmarks.client`) open every view of every page within the first ten seconds. Some start a
training and watch it; each of the others moves a control to a neighbouring value, reads for one to five seconds, and
moves the next. The server is started for it, or named with --url (and its process with --pid, for its memory). Every
view is visited once before, which warms the server up. Written to `benchmarks/results/load.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks import record
from benchmarks.client import Place, Visitor, places, visit
from benchmarks.server import forget_peak, memory_of, serve

ARRIVE = 10.0  # seconds in which all come
READ = (1.0, 5.0)  # seconds between two moves
ENDLESS = "steps=1000000"  # so that no training ends before its share is counted
WANTED = 10.0  # seconds, P95
SLOWEST = 20  # waits that are listed


@dataclass
class Seen:
    """What one visitor met with. steps: of a training, when all had come and at the end.

    pictures: seconds. moves: seconds and what was moved.
    """

    place: str
    pictures: list[float] = field(default_factory=list)
    moves: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)

    @property
    def answers(self) -> list[float]:
        """Seconds of every move."""
        return [seconds for seconds, _ in self.moves]


@dataclass
class Load:
    """What came of it. memory: MB before, at the peak, after; empty if the process is not known."""

    seen: list[Seen]
    memory: list[float]
    seconds: float

    @property
    def failures(self) -> list[str]:
        return [f"{seen.place}: {failure}" for seen in self.seen for failure in seen.failures]

    @property
    def shares(self) -> list[int]:
        """Steps of each training while all were there."""
        return [seen.steps[1] - seen.steps[0] for seen in self.seen if len(seen.steps) == 2]


async def attend(address: str, place: Place, train: bool, rng: random.Random, all_here: float, end: float) -> Seen:
    """One visitor, from arriving to leaving. all_here, end: on the monotonic clock."""
    seen = Seen(place.name + (", training" if train else ""))
    await asyncio.sleep(rng.uniform(0, ARRIVE))
    try:
        async with visit(address) as visitor:
            first = await visitor.open(place.page, ENDLESS if train else place.query)
            if first.picture is not None:
                seen.pictures.append(first.picture)
            else:
                seen.failures.append("no picture on opening")
            await (watch(visitor, seen, all_here, end) if train else play(visitor, seen, rng, end))
            seen.failures += [*visitor.faults, *visitor.errors]
            if visitor.screen.blank:
                seen.failures.append("blank at the end")
    except (OSError, TimeoutError, LookupError) as error:
        seen.failures.append(f"{type(error).__name__} {error} after {len(seen.answers)} answers")
    return seen


async def watch(visitor: Visitor, seen: Seen, all_here: float, end: float) -> None:
    """Start a training and look on."""
    start = visitor.control("Start")
    seen.moves.append(((await visitor.move(start, *start.neighbours)).seconds, start.label))
    for moment in (all_here, end):
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        step = visitor.find(r"step ([\d,]+) of")
        seen.steps.append(int(step[1].replace(",", "")) if step else 0)


async def play(visitor: Visitor, seen: Seen, rng: random.Random, end: float) -> None:
    """Move one control after another."""
    while time.monotonic() < end:
        await asyncio.sleep(rng.uniform(*READ))
        movable = [c for c in visitor.screen.controls if c.is_choice and c.label != "View" and c.neighbours]
        if movable:
            control = rng.choice(movable)
            value = rng.choice(control.neighbours)
            seen.moves.append(((await visitor.move(control, value)).seconds, f"{control.label}: {value[1]}"))


async def run(address: str, sessions: int, training: int, seconds: float, settle: float, seed: int, pid: int) -> Load:
    """Warm up, let all come, work and leave, and wait until what they left behind is cleared away."""
    found = await places(address)
    trainable = [place for place in found if place.page == "train"]
    await asyncio.sleep(5)
    memory = [memory_of(pid)] if pid else []
    if pid:
        forget_peak(pid)
    all_here = time.monotonic() + ARRIVE + 5
    end = all_here + seconds
    roles = [(trainable[0], True)] * training + [(p, False) for p in islice(cycle(found), sessions - training)]
    visitors = [
        attend(address, place, train, random.Random(f"{seed}/{k}"), all_here, end)
        for k, (place, train) in enumerate(roles)
    ]
    seen = await asyncio.gather(*visitors)
    if pid:
        memory.append(memory_of(pid, peak=True))
        await asyncio.sleep(settle)
        memory.append(memory_of(pid))
    return Load(seen, memory, seconds)


def percentiles(values: Sequence[float]) -> str:
    """Median and 95th percentile."""
    if not values:
        return "none"
    half, most = np.percentile(values, [50, 95], method="inverted_cdf")
    return f"{half:.2f}, {most:.2f}"


def report(load: Load, sessions: int, training: int, settle: float) -> list[str]:
    """The tables."""
    pictures = [value for seen in load.seen for value in seen.pictures]
    answers = [value for seen in load.seen for value in seen.answers]
    shares = load.shares
    rows = [
        ("Failures", str(len(load.failures)), "0"),
        (f"Seconds to the first picture: P50, P95 of {len(pictures)}", percentiles(pictures), f"P95 < {WANTED:g}"),
        (f"Seconds to a control's answer: P50, P95 of {len(answers)}", percentiles(answers), f"P95 < {WANTED:g}"),
    ]
    if load.memory:
        before, peak, after = (f"{value:.0f}" for value in load.memory)
        rows.append(
            (f"Server's memory, MB: warm and idle, peak, {settle:g} s after all left", f"{before}, {peak}, {after}", "")
        )
    if shares:
        ratio = min(shares) / max(shares) if max(shares) else 0.0
        rate = sum(shares) / load.seconds
        rows.append(
            (f"{training} trainings: steps/s together; least share over largest", f"{rate:.0f}; {ratio:.2f}", "")
        )
    lines = [f"{sessions} sessions, {training} of them training, {load.seconds:g} s after all had come.", ""]
    lines += record.table(["What", "Measured", "Wanted"], rows)
    lines.append("")
    each = []
    for place in dict.fromkeys(seen.place for seen in load.seen):
        there = [seen for seen in load.seen if seen.place == place]
        first = max((v for seen in there for v in seen.pictures), default=float("nan"))
        moves = [v for seen in there for v in seen.answers]
        each.append(
            (
                place,
                str(len(there)),
                f"{first:.2f}",
                str(len(moves)),
                percentiles(moves),
                f"{max(moves):.2f}" if moves else "none",
            )
        )
    lines += record.table(
        ["view", "visitors", "first picture, slowest (s)", "moves", "answer: P50, P95 (s)", "slowest (s)"], each
    )
    waits = sorted(((*move, seen.place) for seen in load.seen for move in seen.moves), reverse=True)[:SLOWEST]
    rows = [(place, moved, f"{seconds:.2f}") for seconds, moved, place in waits]
    lines += ["", "The longest waits:", "", *record.table(["view", "moved", "answer (s)"], rows)]
    return lines + (["", "Failures:", ""] + [f"- {failure}" for failure in load.failures] if load.failures else [])


def main() -> None:
    """Read the command line, run, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--training", type=int, default=12, help="how many of the sessions train")
    parser.add_argument("--seconds", type=float, default=120, help="that all of them stay")
    parser.add_argument("--settle", type=float, default=90, help="seconds waited after all have left")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--url", help="of a server that runs already")
    parser.add_argument("--pid", type=int, default=0, help="its process, to see its memory")
    parser.add_argument("--port", type=int, default=0, help="for the server that is started; 0 for a free one")
    parser.add_argument("--output", type=Path, default=record.RESULTS / "load.md")
    a = parser.parse_args()
    with nullcontext() if a.url else serve(a.port) as server:
        address, pid = (server.address, server.pid) if server else (a.url.rstrip("/"), a.pid)
        load = asyncio.run(run(address, a.sessions, a.training, a.seconds, a.settle, a.seed, pid))
    record.write("A class at work", report(load, a.sessions, a.training, a.settle), a.output)
    sys.exit(bool(load.failures))


if __name__ == "__main__":
    main()
