"""Two columns of numbers as a text file: read from what a person brings, and written for another place."""

from __future__ import annotations

import math
import re

import numpy as np

from diffviz.config import ConfigError, quoted, shortened
from diffviz.data.points import MOST
from diffviz.protocols import Array

LARGEST = 2 * 1024 * 1024  # bytes


def read(data: bytes) -> Array:
    """Points (n, 2) from two numeric columns, parted by comma, semicolon, tab or blanks.

    A first row without any number is a header; blank lines are skipped; with semicolons or tabs a decimal comma is
    understood. At most 2 MB of UTF-8 and 20,000 finite rows: else `ConfigError` says which line is wrong and how.
    """
    if len(data) > LARGEST:
        raise ConfigError(f"The file is {math.ceil(10 * len(data) / 1024**2) / 10:g} MB; the limit is 2 MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ConfigError("The file is not plain text in UTF-8.")
    # Only the line ends that editors count, so that the row number in a message is the one a person sees.
    rows = [(n, line.strip(" ")) for n, line in enumerate(re.split(r"\r\n|\r|\n", text), 1) if line.strip()]
    if not rows:
        raise ConfigError("The file is empty.")
    separator = next((s for s in ";\t," if s in rows[0][1]), None)
    if not any(_is_number(cell, separator) for cell in _cells(rows[0][1], separator)):
        header, rows = rows[0], rows[1:]
        if not rows:
            raise ConfigError(f"The file has no numbers, only a header in row {header[0]}.")
    if len(rows) > MOST:
        raise ConfigError(f"The file has {len(rows):,} rows; the limit is {MOST:,}.")
    return np.array([_point(number, line, separator) for number, line in rows])


def write(points: Array) -> str:
    """The text from which `read` makes the very same points (n, 2)."""
    return "".join(f"{float(x)!r},{float(y)!r}\n" for x, y in points)


def _cells(line: str, separator: str | None) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(separator)]


def _point(row: int, line: str, separator: str | None) -> list[float]:
    cells = _cells(line, separator)
    if len(cells) != 2:
        raise ConfigError(f"Row {row} has {len(cells)} column{'s' if len(cells) > 1 else ''}, expected 2.")
    return [_number(row, column, cell, separator) for column, cell in enumerate(cells, 1)]


def _number(row: int, column: int, cell: str, separator: str | None) -> float:
    if not cell:
        raise ConfigError(f"Row {row}, column {column} is empty.")
    if not _is_number(cell, separator):
        raise ConfigError(f"Row {row}, column {column} is not a number: {quoted(cell)}.")
    value = _parse(cell, separator)
    if not math.isfinite(value):
        raise ConfigError(f"Row {row} is not finite: {shortened(cell)}.")
    return value


def _is_number(cell: str, separator: str | None) -> bool:
    try:
        _parse(cell, separator)
    except ValueError:
        return False
    return "_" not in cell  # Python would read 1_000 as a thousand


def _parse(cell: str, separator: str | None) -> float:
    return float(cell.replace(",", ".") if separator in (";", "\t") else cell)
