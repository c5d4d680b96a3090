"""All runs of the process, by id: a page that reloads adopts its run again."""

from __future__ import annotations

import atexit
import threading
from weakref import WeakSet

from diffviz.runs.lifecycle import END_AFTER, Run
from diffviz.runs.snapshot import Status


class Registry:
    """Runs by their unguessable id, with the page each is of; forgotten when nobody looked for ten minutes."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[str, Run]] = {}
        self._leaving: WeakSet[Run] = WeakSet()  # stopped and forgotten, but the worker may still be at it
        self._lock = threading.Lock()

    def add(self, run: Run, page: str = "") -> Run:
        """Keep a run as one of `page`, and forget those that nobody looks at any more."""
        with self._lock:
            stale = [r for _, r in self._runs.values() if r.silence >= END_AFTER]
            for old in stale:
                del self._runs[old.id]
            self._runs[run.id] = page, run
        for old in stale:
            self._leaving.add(old)
            old.stop()
        return run

    def adopt(self, run_id: str) -> Run | None:
        """The run with this id, touched; None if there is none (any more)."""
        with self._lock:
            _, run = self._runs.get(run_id, ("", None))
        if run is not None:
            run.touch()
        return run

    def page_of(self, run_id: str) -> str | None:
        """The page that the run with this id is of; None if there is none (any more). It counts as no look."""
        with self._lock:
            page, run = self._runs.get(run_id, ("", None))
        return None if run is None else page

    def drop(self, run_id: str) -> None:
        """Stop a run and forget it."""
        with self._lock:
            _, run = self._runs.pop(run_id, ("", None))
        if run is not None:
            self._leaving.add(run)
            run.stop()

    def close(self) -> None:
        """Stop every run and wait for the workers: no thread may be inside torch while the interpreter ends."""
        with self._lock:
            runs = [*(run for _, run in self._runs.values()), *self._leaving]
            self._runs.clear()
        for run in runs:
            run.stop()
        for run in runs:
            run.join(10)

    @property
    def at_work(self) -> int:
        """How many runs train, or stand in line for it."""
        with self._lock:
            return sum(run.status in (Status.RUNNING, Status.QUEUED) for _, run in self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)


RUNS = Registry()
atexit.register(RUNS.close)
