"""How a command tells its result: a table for people, or JSON for programs."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from diffviz.config import ConfigError

_TRIAL = bytes(1 << 20)


class RateColumn(ProgressColumn):
    """Steps a second so far."""

    def render(self, task: object) -> Text:
        """The rate, once there is one."""
        speed = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
        return Text("" if speed is None else f"{speed:,.0f}/s")


def check_destination(path: Path, size: int = 1) -> None:
    """Raise `ConfigError` unless a file of `size` bytes can be written there, which is tried beside it."""
    try:
        if not path.parent.is_dir():
            raise ConfigError(f"The folder of {path} does not exist.")
        if path.is_dir():
            raise ConfigError(f"{path} is a folder.")
        if path.exists() and not os.access(path, os.W_OK):
            raise ConfigError(f"{path} cannot be written: it is read-only.")
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".trial") as file:
            for start in range(0, size, len(_TRIAL)):
                file.write(_TRIAL[: size - start])
            file.flush()
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from None


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Progress]:
    """A bar on the error stream, if people see it, with rate and time left; its one task counts `total` of `unit`."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(unit, total=total)
        yield bar


def print_json(values: Mapping[str, object]) -> None:
    """One JSON object; what is not a finite number becomes null."""
    print(json.dumps(_finite(values), ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; every column but the first stands to the right."""
    table = Table(title=title, title_justify="left")
    for k, name in enumerate(columns):
        table.add_column(name, justify="right" if k else "left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
