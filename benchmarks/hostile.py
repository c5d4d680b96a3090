"""What nobody should send: texts for links, values for widgets and components, and files for the upload."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from streamlit.proto.Common_pb2 import FileUploaderState, FileURLs, UploadedFileInfo

from benchmarks.screen import Control, Wire

TEXTS = (
    *("", " ", "nan", "inf", "-inf", "1e400", "-1e400", "1e308", "-1", "0", "-0", "1e-320", "9" * 400, "0x10", "1_000"),
    *("1.5", "true", "None", "null", "[]", "{}", "()", "٣", "１２", "½", "²", "Ⅷ", "0" * 5_000 + "7", "1" * 5_000),
    *("x" * 100_000, "ring" * 5_000, "ring,ring,ring", "," * 10_000, "ddim,ddim", "ddim,,ddpm", "000-000-000-000-000"),
    *("100-200-300-400-500-600-700", "999-998-997-996-995", "---", "1-2", "\x00", "ring\x00", "\x1b[2J", "\r\nX: y"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![](http://a.invalid/x.png)", "**bold** $x^2$"),
    *("[x](javascript:alert(1))", "| a | b |\n|---|---|\n| 1 | 2 |", "# title", "```\ncode", ":material/home:", "`"),
    *(
        "😀" * 200,
        "\u202egnp",
        "é" * 3_000,
        "𝒙",
        "\ufeff",
        "a\u0300" * 1_000,
        "../../etc/passwd",
        "%00",
        "%",
        "%s%n{0}",
    ),
    *("__class__", "os.system('true')", "'; DROP TABLE runs; --", "swiss-roll ", "Swiss-Roll", "SWISS-ROLL"),
)
NUMBERS = (float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 5e-324, -1.0, 0.0, 1e18, 2.0**63, 0.1 + 0.2)
INTEGERS = (-1, 0, 2**31, 2**63 - 1, -(2**63))
JSON = (
    *("", "{", "null", "true", "0", '"x"', "[]", "NaN", "1e400", "[" * 5_000, '{"a":' * 3_000, "{}", '{"value": {}}'),
    *(
        '{"points": NaN}',
        '{"shares": Infinity}',
        '{"selection": 3}',
        '{"selection": {}}',
        '{"selection": {"points": 3}}',
    ),
)
CONTENTS: tuple[Any, ...] = (  # of a component's state: instead of points, or of shares
    *(None, 0, "x" * 1_000, {}, [], [[]], [[1]], [[1, 2, 3]], [1, 2], [[1, "a"]], [["1", "2"]], [[None, None]]),
    *([[float("nan"), 0.0]], [[float("inf"), 0.0]], [[1e308, -1e308]], [[10**400, 0]], [[0, 0]] * 20_000, [[0, 0]]),
    *([[True, False]], [[[1, 2]]], {"0": [1, 2]}, [0.5] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], [0.5, 0.4, 0.3, 0.2, 0.1]),
    *([0.1, 0.2, 0.3, 0.4, 1.0], [1e-9, 2e-9, 3e-9, 4e-9, 5e-9], [0, 0.1, 0.2, 0.3, 0.4], [-1, 0.1, 0.2, 0.3, 2]),
    *([0.9990, 0.9991, 0.9992, 0.9993, 0.9994], list(range(10_000)), [float("nan")] * 5, "0.1", [[0.1]] * 5),
)
CELLS: tuple[Any, ...] = (
    *([99, 99], [-1, -1], [-99, 0], [0], [], [0, 0, 0], "ab", ["a", "b"], [None, None], [1e308, 0], 7, None, {}),
    *([float("nan"), 0], [float("inf"), 0], [[0], [0]], [True, False], [0.9, 0.9], [10**30, 0]),
)


def _state(rng: random.Random) -> str:
    """A component's state, in JSON."""
    if rng.random() < 0.2:
        return rng.choice(JSON)
    return json.dumps({rng.choice(("points", "shares", "clock", "value")): rng.choice(CONTENTS)})


def _selection(rng: random.Random) -> str:
    """What a chart says was clicked, in JSON."""
    if rng.random() < 0.2:
        return rng.choice(JSON)
    points: list[Any] = [{"customdata": rng.choice(CELLS)}]
    return json.dumps({"selection": {"points": rng.choice([points, points, points, [{}], [7], "x", {"0": 1}, None])}})


def _texts(rng: random.Random) -> list[str]:
    return rng.choice([[], [""], [rng.choice(TEXTS)], [rng.choice(TEXTS), rng.choice(TEXTS)], ["x"] * 5_000])


def _upload(rng: random.Random) -> FileUploaderState:
    """Files that were never sent, under names and ids of anyone's."""
    name, size, id = rng.choice(NAMES), rng.choice(INTEGERS[1:4]), rng.choice(TEXTS)[:1_000]
    claimed = UploadedFileInfo(name=name, size=size, file_id=id, file_urls=FileURLs(file_id=id, upload_url=id))
    return FileUploaderState(uploaded_file_info=[claimed] * rng.choice((0, 1, 3)))


FIELDS: dict[str, Callable[[random.Random], Any]] = {
    "bool_value": lambda rng: rng.random() < 0.5,
    "trigger_value": lambda rng: True,
    "double_value": lambda rng: rng.choice(NUMBERS),
    "int_value": lambda rng: rng.choice(INTEGERS),
    "string_value": lambda rng: rng.choice(TEXTS),
    "double_array_value": lambda rng: rng.choice([[rng.choice(NUMBERS)], [], [1.0, 2.0], [rng.choice(NUMBERS)] * 3]),
    "int_array_value": lambda rng: [rng.choice(INTEGERS)],
    "string_array_value": _texts,
    "json_value": _state,
    "bytes_value": lambda rng: rng.randbytes(100),
    "file_uploader_state_value": _upload,
}


def forged(control: Control, rng: random.Random) -> Wire:
    """A value of the right kind that the control cannot have; at times one of a wrong kind."""
    if rng.random() < 0.1:
        field = rng.choice(list(FIELDS))
        return field, FIELDS[field](rng)
    if control.kind == "plotly_chart":
        return "string_value", _selection(rng)
    field = control.value[0]
    return field, FIELDS[field](rng)


def _rows(rows: list[tuple[Any, Any]], separator: str = ",") -> bytes:
    return "\n".join(f"{x}{separator}{y}" for x, y in rows).encode()


def _normal(rng: random.Random, n: int) -> list[tuple[float, float]]:
    return [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(n)]


FILES: dict[str, Callable[[random.Random], bytes]] = {
    "empty": lambda rng: b"",
    "blanks": lambda rng: b" \n\t\n\r\n" * 1_000,
    "binary": lambda rng: rng.randbytes(rng.choice((1, 1_000, 1_000_000))),
    "zeros": lambda rng: bytes(100_000),
    "too large": lambda rng: b"1,2\n" * 1_000_000,
    "huge": lambda rng: b"1,2\n" * 10_000_000,
    "too many rows": lambda rng: _rows(_normal(rng, 20_001)),
    "as many rows as may be": lambda rng: _rows([(round(x, 3), round(y, 3)) for x, y in _normal(rng, 20_000)]),
    "cut off": lambda rng: (data := _rows(_normal(rng, 100)))[: rng.randrange(len(data))],
    "one byte changed": lambda rng: (
        (data := _rows(_normal(rng, 100)))[: (i := rng.randrange(len(data)))] + rng.randbytes(1) + data[i + 1 :]
    ),
    "nan": lambda rng: _rows([*_normal(rng, 50), ("nan", "NaN")]),
    "infinite": lambda rng: _rows([("inf", 0), *_normal(rng, 50)]),
    "beyond float": lambda rng: _rows([("1e400", "-1e400"), *_normal(rng, 50)]),
    "largest floats": lambda rng: _rows([(1e308, -1e308), (-1e308, 1e308)] * 50),
    "large": lambda rng: _rows([(1e12 * x, 1e12 * y) for x, y in _normal(rng, 200)]),
    "tiny": lambda rng: _rows([(1e-310 * x, 1e-310 * y) for x, y in _normal(rng, 200)]),
    "far from home": lambda rng: _rows([(1e15 + x, y) for x, y in _normal(rng, 200)]),
    "one point": lambda rng: b"1,2",
    "two points": lambda rng: b"1,2\n3,4",
    "the same point": lambda rng: b"1,2\n" * 500,
    "on a line": lambda rng: _rows([(x, 0) for x, _ in _normal(rng, 200)]),
    "one column": lambda rng: b"1\n2\n3\n",
    "three columns": lambda rng: b"1,2,3\n" * 10,
    "ten thousand columns": lambda rng: b"1," * 10_000,
    "one long line": lambda rng: b"1" * 2_000_000,
    "long number": lambda rng: b"0." + b"1" * 100_000 + b",2\n" * 3,
    "unicode digits": lambda rng: "١,٢\n３,４\n".encode() * 20,
    "formulas": lambda rng: b'=1+1,=CMD("calc")\n+1,-2\n@x,y\n',
    "header alone": lambda rng: b"x,y\n",
    "two headers": lambda rng: b"x,y\nu,v\n1,2\n",
    "utf-16": lambda rng: "1,2\n3,4\n".encode("utf-16"),
    "latin-1": lambda rng: "größe,höhe\n1,2\n".encode("latin-1"),
    "markup": lambda rng: b"<script>alert(1)</script>,**x**\n[a](b),$x$\n",
    "quotes left open": lambda rng: b'"1,2\n"3,4\n',
    "mixed separators": lambda rng: b"1,2\n3;4\n5\t6\n",
    "carriage returns": lambda rng: _rows(_normal(rng, 50)).replace(b"\n", b"\r"),
    "semicolons": lambda rng: _rows(_normal(rng, 50), ";").replace(b".", b","),
}
NAMES = ("points.csv", "a" * 300 + ".csv", "../../points.csv", "<b>.csv", "größe.csv", ".csv")
