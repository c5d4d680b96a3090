"""Where a traceback in a log comes from."""

from __future__ import annotations

from benchmarks.server import ROOT


def traceback_of(log: str) -> tuple[list[str], str]:
    """The lines that name the places of the first traceback, outermost first, and how it ends."""
    lines = log[log.index("Traceback") :].splitlines()
    ends = [line for line in lines[1:] if line and not line.startswith((" ", "Traceback"))]
    return [line.strip() for line in lines if line.startswith('  File "')], ends[0][:300] if ends else ""


def is_own(line: str) -> bool:
    """Whether a place of a traceback is in this project."""
    return f'File "{ROOT}/' in line and "site-packages" not in line


def all_foreign(log: str) -> bool:
    """Whether no traceback in the log has a place in this project."""
    return not any(map(is_own, log.splitlines()))


def where(log: str) -> str:
    """How the first traceback ends, and the innermost place of this project in it."""
    lines, end = traceback_of(log)
    inner = next((line.replace(f"{ROOT}/", "") for line in reversed(lines) if is_own(line)), "none of this project")
    return f"{end} [{inner}]"


def raised_in_streamlit(log: str) -> bool:
    """Whether the first traceback ends beyond the project's own lines, in Streamlit."""
    lines, _ = traceback_of(log)
    inner = max((i for i, line in enumerate(lines) if is_own(line)), default=-1)
    return any("/streamlit/" in line for line in lines[inner + 1 :])
