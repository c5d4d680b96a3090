"""A visitor who means no good: `python -m benchmarks.monkey --minutes 5 --seed 0`.

Episodes in turn press controls of every view with random and forged values, open forged links, upload damaged files,
and load damaged checkpoints. After each step the page must show a title with a picture or a sentence and no exception,
the server's log no traceback, and the server must answer within 2 GB of memory. Every episode draws from the seed and
its own number alone: `--seed 0 --only 17` does episode 17 again. Each failure is told with the steps that led to it;
the exit status is 1 if there is any. Written to `benchmarks/results/monkey.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import requests

from benchmarks import record
from benchmarks.client import Place, Visitor, places, visit
from benchmarks.damaged import DAMAGES
from benchmarks.hostile import FILES, NAMES, TEXTS, forged
from benchmarks.screen import Control, Wire
from benchmarks.server import MB, ROOT, Server, serve
from benchmarks.tracebacks import all_foreign, raised_in_streamlit, where

MOST = 2048  # MB of memory that the server may take
LIMIT = 6000  # MB of data at which it is stopped, so that the machine does not swap
LOADER = 4000  # MB of address space of the process that loads checkpoints
STEPS = 8  # of an episode
PATIENCE = 120.0  # seconds that an answer may take
REFUSED = (400, 413)  # what the server may answer to an upload: a bad request, too large


class Trouble(Exception):
    """Something that must not happen; its message says what."""


class Unreadable(Exception):
    """Streamlit itself could not read a forged value, so that none of the lab's code has seen it."""


@dataclass
class Episode:
    """One row of steps. steps: what was done, to be read."""

    number: int
    kind: str
    rng: random.Random
    server: Server
    found: list[Place]
    steps: list[str] = field(default_factory=list)
    read: int = 0  # characters of the server's log that were there before
    wrong_kind: bool = False  # whether the last value was of another kind than its widget's
    unreadable: bool = False  # ended early, by a value that Streamlit itself could not read

    def note(self, step: str) -> None:
        """Write down what comes next."""
        self.steps.append(step if len(step) <= 300 else f"{step[:300]}… ({len(step):,} characters)")

    def check(self, visitor: Visitor) -> None:
        """Raise `Trouble` if the page, the log or the memory shows any."""
        log = self.server.log.read_text(errors="replace")
        new, self.read = log[self.read :], len(log)
        if "Traceback" in new and (all_foreign(new) or (self.wrong_kind and raised_in_streamlit(new))):
            raise Unreadable
        if "Traceback" in new:
            raise Trouble(f"traceback in the log: {where(new)}")
        if visitor.faults:
            raise Trouble(f"exception on the page: {next(iter(visitor.faults))}")
        if visitor.screen.blank:
            raise Trouble("blank page")
        if self.server.memory(peak=True) > MOST:
            raise Trouble(f"the server took {self.server.memory(peak=True):.0f} MB")


async def press_controls(episode: Episode) -> None:
    """Press what is on a view, half of the time as nobody could."""
    rng, place = episode.rng, episode.rng.choice(episode.found)
    async with visit(episode.server.address, PATIENCE) as visitor:
        episode.note(f"open /{place.page}?{place.query}")
        await visitor.open(place.page, place.query)
        episode.check(visitor)
        for _ in range(STEPS):
            controls = visitor.screen.controls
            if not controls:
                return
            control = rng.choice(controls)
            honest = control.neighbours and rng.random() < 0.5
            value = rng.choice(control.neighbours) if honest else forged(control, rng)
            episode.note(f"{control.kind} {control.label!r}: {said(value)}")
            episode.wrong_kind = value[0] != control.value[0]
            await visitor.move(control, value)
            episode.check(visitor)


async def open_links(episode: Episode) -> None:
    """Open a view with choices in its link that it does not have, or that it cannot have."""
    rng, place = episode.rng, episode.rng.choice(episode.found)
    async with visit(episode.server.address, PATIENCE) as visitor:
        episode.note(f"open /{place.page}?{place.query}")
        await visitor.open(place.page, place.query)
        episode.check(visitor)
        names = sorted(filter(None, (link_name(control, place.page) for control in visitor.screen.controls)))
        for _ in range(STEPS):
            texts = {
                "one": lambda: {rng.choice(names or ["view"]): rng.choice(TEXTS)},
                "all": lambda: {name: rng.choice(TEXTS) for name in names},
                "unknown": lambda: {rng.choice(TEXTS): rng.choice(TEXTS)},
                "run": lambda: {"run": rng.choice(TEXTS)},
                "view": lambda: {"view": rng.choice(TEXTS)},
            }[rng.choice(("one", "one", "one", "all", "unknown", "run", "view"))]()
            escape: Callable[[str], str] = quote if rng.random() < 0.8 else str
            query = "&".join([place.query, *(f"{escape(name)}={escape(text)}" for name, text in texts.items())])
            episode.note(f"open /{place.page}?{query}")
            await visitor.open(place.page, query)
            episode.check(visitor)


async def upload_files(episode: Episode) -> None:
    """Bring points in files that are no such thing, and train on those that are taken."""
    rng = episode.rng
    async with visit(episode.server.address, PATIENCE) as visitor:
        episode.note("open /train?data=csv")
        await visitor.open("train", "data=csv")
        for _ in range(STEPS // 2):
            kind, name = rng.choice(list(FILES)), rng.choice((NAMES[0], rng.choice(NAMES)))
            uploader = next(c for c in visitor.screen.controls if c.kind == "file_uploader")
            episode.note(f"upload {name!r}, {kind}")
            try:
                await visitor.upload(uploader, name, FILES[kind](rng))
            except requests.HTTPError as refused:
                if refused.response.status_code not in REFUSED:
                    raise
                episode.steps[-1] += f" (refused with status {refused.response.status_code})"
                continue
            episode.check(visitor)
            if buttons := [c for c in visitor.screen.controls if c.label == "Start"]:
                episode.note("train on it for a second")
                await visitor.move(buttons[0], *buttons[0].neighbours)
                await asyncio.sleep(1)
                episode.check(visitor)
                reset = visitor.control("Reset")
                await visitor.move(reset, *reset.neighbours)
                episode.check(visitor)


async def load_checkpoints(episode: Episode) -> None:
    """Have the library read checkpoints that are damaged or forged."""
    with tempfile.TemporaryDirectory() as folder:
        for i in range(2 * STEPS):
            kind = episode.rng.choice(list(DAMAGES))
            episode.note(f"write {i:02d}, {kind}")
            DAMAGES[kind](Path(folder) / f"{i:02d}-{kind.replace(' ', '-')}.safetensors", episode.rng)
        for card in Path(folder).glob("*.json"):
            card.unlink()
        limit = (LOADER * MB, LOADER * MB)
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "benchmarks.damaged", folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=10 * PATIENCE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit),
        )
    lines = done.stdout.splitlines()
    troubles = [
        f"{name}: {said}" for name, text in zip(lines[::2], lines[1::2], strict=False) if (said := json.loads(text))
    ]
    if done.returncode:
        troubles.append(
            f"{lines[-1] if lines else 'nothing'}: the process ended with {done.returncode}: {done.stderr[-300:]}"
        )
    if troubles:
        raise Trouble("; ".join(troubles))


KINDS: dict[str, Callable[[Episode], Awaitable[None]]] = {
    "controls": press_controls,
    "links": open_links,
    "files": upload_files,
    "checkpoints": load_checkpoints,
}
TURNS = ("controls", "links", "controls", "files", "controls", "links", "controls", "links", "controls", "checkpoints")


def link_name(control: Control, page: str) -> str:
    """What a choice is called in the page's link; empty for a control that is none."""
    _, mark, key = control.id.partition(f"-{page or 'home'}.")
    return key.partition("#")[0] if mark else ""


def said(value: Wire) -> str:
    """A value as it stands among the steps."""
    field, content = value
    return f"{field} = {content!r}"


async def attempt(episode: Episode) -> str:
    """Do an episode; what went wrong in it, or nothing."""
    episode.read = len(episode.server.log.read_text(errors="replace"))
    try:
        await KINDS[episode.kind](episode)
    except Trouble as trouble:
        return str(trouble)
    except Unreadable:
        episode.unreadable = True
    except (OSError, TimeoutError, LookupError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if episode.server.answers else "the server does not answer any more"


@dataclass
class Outcome:
    """What came of all episodes."""

    episodes: Counter[str]
    steps: Counter[str]
    unreadable: Counter[str]
    failures: list[tuple[Episode, str]]
    memory: float


async def run(server: Server, seconds: float, seed: int, only: int | None) -> Outcome:
    """One episode after another until the time is over, or the one that is wanted."""
    found = await places(server.address)
    outcome = Outcome(Counter(), Counter(), Counter(), [], 0.0)
    end, number = time.monotonic() + seconds, only or 0
    while server.answers:
        kind = TURNS[number % len(TURNS)]
        episode = Episode(number, kind, random.Random(f"{seed}/{number}"), server, found)
        trouble = await attempt(episode)
        outcome.episodes[kind] += 1
        outcome.steps[kind] += len(episode.steps)
        outcome.unreadable[kind] += episode.unreadable
        if trouble:
            outcome.failures.append((episode, trouble))
            print(failure(seed, episode, trouble), flush=True)
        number += 1
        if only is not None or time.monotonic() > end:
            break
    outcome.memory = server.memory(peak=True) if server.answers else float("nan")
    return outcome


def failure(seed: int, episode: Episode, trouble: str) -> str:
    """A failure, and how to have it again."""
    steps = "\n".join(f"  {i}. `{step!r}`" for i, step in enumerate(episode.steps, 1))
    return f"- `--seed {seed} --only {episode.number}` ({episode.kind}): {trouble}\n{steps}"


def report(outcome: Outcome, seed: int) -> list[str]:
    """The table, and the failures."""
    failed = Counter(episode.kind for episode, _ in outcome.failures)
    counts = (outcome.episodes, outcome.steps, outcome.unreadable, failed)
    rows = [(kind, *(str(count[kind]) for count in counts)) for kind in KINDS]
    head = [
        "what",
        "episodes",
        "steps",
        "ended by a value that Streamlit itself could not read",
        "failures (wanted: 0)",
    ]
    lines = record.table(head, rows)
    lines += ["", f"Most memory of the server: {outcome.memory:.0f} MB (wanted: under {MOST} MB).", ""]
    return lines + [failure(seed, episode, trouble) for episode, trouble in outcome.failures]


def main() -> None:
    """Read the command line, run, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one episode, to have it again")
    parser.add_argument("--port", type=int, default=0, help="for the server; 0 for a free one")
    parser.add_argument("--output", type=Path, default=record.RESULTS / "monkey.md")
    a = parser.parse_args()
    with serve(a.port, LIMIT) as server:
        outcome = asyncio.run(run(server, 60 * a.minutes, a.seed, a.only))
    record.write("A visitor who means no good", report(outcome, a.seed), a.output)
    sys.exit(bool(outcome.failures))


if __name__ == "__main__":
    main()
