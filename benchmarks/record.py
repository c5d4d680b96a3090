"""How a measurement is written down: with its command, and on what it ran."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def write(title: str, lines: Sequence[str], path: Path) -> None:
    """Print a report of Markdown lines and keep it in a file."""
    module = Path(sys.argv[0]).stem
    command = shlex.join(["python", "-m", f"benchmarks.{module}", *sys.argv[1:]])
    busy = os.getloadavg()[0]
    machine = (
        f"`{command}`; Python {platform.python_version()}, streamlit {version('streamlit')}, torch {version('torch')}; "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load average {busy:.1f} at the end."
    )
    text = "\n".join([f"# {title}", "", machine, "", *lines]) + "\n"
    print(text)
    path.write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 1) -> list[str]:
    """A Markdown table, whose columns from `right` on hold numbers."""
    rule = ["---" if i < right else "---:" for i in range(len(head))]
    return ["| " + " | ".join(row) + " |" for row in (head, rule, *rows)]
