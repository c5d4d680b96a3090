"""Files that a training owes: each is tried until it is written, and what fails is told in one sentence."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

PAUSES = (1.0, 4.0, 15.0, 40.0)  # seconds between tries at the end, when there is no later save to wait for


class Saves:
    """What is due, by path; a later `add` for a path takes the place of an earlier one that failed.

    complain: is given each sentence. wait: lets a number of seconds pass.
    """

    def __init__(self, complain: Callable[[str], None], wait: Callable[[float], object] = time.sleep) -> None:
        self._complain, self._wait = complain, wait
        self._due: dict[Path, Callable[[], None]] = {}

    def add(self, path: Path, write: Callable[[], None]) -> None:
        """Have `write` called, which writes `path` whole or raises `OSError`; it must hold all that it writes."""
        self._due[path] = write

    def attempt(self) -> None:
        """Write what is due; what cannot be written stays due, and training goes on."""
        if fault := self._try():
            self._complain(f"{fault}; training goes on and tries again at the next save.")

    def drop(self, path: Path) -> None:
        """What was due for `path` is not wanted any more."""
        self._due.pop(path, None)

    def insist(self) -> str:
        """Write what is due, and wait and try again for a minute where that fails; why it still does, or nothing."""
        fault = self._try()
        if fault:
            self._complain(f"{fault}; trying again for {sum(PAUSES):g} seconds.")
        for pause in PAUSES:
            if not fault:
                break
            self._wait(pause)
            fault = self._try()
        return fault

    def _try(self) -> str:
        """Write what is due; why the first that failed did, or nothing."""
        faults = []
        for path, write in list(self._due.items()):
            try:
                write()
            except OSError as error:
                faults.append(f"{path} cannot be written: {error.strerror or error}")
            else:
                del self._due[path]
        return faults[0] if faults else ""
