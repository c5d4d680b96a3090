"""Source code that can be taken along: a function and what it is given, as a script of its own.

A recipe is an ordinary function that ends in a picture or in numbers::

    def race(config: RaceConfig) -> None:
        \"\"\"Samplers run from the same noise.\"\"\"
        result = run_race(config)
        print(result.ranked[0].distance)

`script(race, RaceConfig())` is its docstring, the import of every name that is used, `config = RaceConfig(...)` written
out, and the lines of its body. So what a student reads is what the tests run and the type checker has seen.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from diffviz.config import Config, Entry

WIDTH = 120  # characters of a line
ROWS = 500  # of an array that the script itself holds; of a longer one it reads a file
ROOT = __name__.partition(".")[0]
CHOSEN = "# What was chosen on the page; what is not written here has its default."


def script(recipe: Callable[..., None], *choices: object) -> str:
    """A Python script that does what `recipe(*choices)` does.

    recipe: a function of a module, with a docstring, whose names are imported ones, builtins and its own. choices:
    configurations, catalogue members, numbers, texts, tuples and lists of these. Of a catalogue member only what
    differs from its defaults is written, of any other configuration everything. The points of one data set (n, k)
    travel in the script if they are at most 500; more are read from a CSV file beside it. Raises `TypeError` for
    anything else.
    """
    chapter = _chapter(recipe)
    writer = _Writer(set(chapter.imports))
    names = list(inspect.signature(recipe).parameters)
    assigned = [f"{name} = {writer.write(v, 0, len(name) + 3)}" for name, v in zip(names, choices, strict=True)]
    parts = [f'"""{chapter.doc}\n"""' if "\n" in chapter.doc else f'"""{chapter.doc}"""', _imports(writer.imports)]
    if assigned:
        arrays = [f"{name} = {text}" for text, name in writer.arrays.items()]
        parts.append("\n".join([CHOSEN, *arrays, *assigned]))
    return "\n\n".join([*parts, chapter.body])


class _Import(NamedTuple):
    """`from module import name as alias`; without a name, `import module as alias`."""

    module: str
    name: str
    alias: str


class _Chapter(NamedTuple):
    """What a recipe gives to every script of it: its docstring, its lines, and the imports that these need."""

    doc: str
    body: str
    imports: tuple[_Import, ...]


@cache
def _chapter(recipe: Callable[..., None]) -> _Chapter:
    source = textwrap.dedent(inspect.getsource(recipe))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    end = function.body[0].end_lineno  # of the docstring
    body = textwrap.dedent("\n".join(source.splitlines()[end:])).strip() + "\n"
    known: dict[str, Any] = recipe.__globals__
    names = [node for line in function.body for node in ast.walk(line) if isinstance(node, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)} | set(inspect.signature(recipe).parameters)
    used = sorted({name.id for name in names} - own - set(dir(builtins)))
    return _Chapter(inspect.getdoc(recipe) or "", body, tuple(_import(known[name], name, recipe) for name in used))


def _import(value: Any, alias: str, user: Any = None) -> _Import:
    """Where a name comes from: the front door, else the outermost package that hands it out, else its own module.

    user: what uses the name; a constant does not say where it comes from, but its imports do.
    """
    if isinstance(value, ModuleType):
        package, _, name = value.__name__.rpartition(".")
        return _Import(package, name, alias) if package else _Import(name, "", alias)
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", alias)
    if module is None:
        module = _imported(user.__module__)[alias]
    offered = _front_door().get(name)
    if offered is not None and getattr(sys.modules.get(offered), name, value) is value:
        return _Import(ROOT, name, alias)
    parts = module.split(".")
    packages = [".".join(parts[:k]) for k in range(2, len(parts))]
    public = (package for package in packages if getattr(sys.modules[package], name, None) is value)
    return _Import(next(public, module), name, alias)


@cache
def _imported(module: str) -> dict[str, str]:
    """From where a module imports its names."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    lines = (line for line in tree.body if isinstance(line, ast.ImportFrom))
    return {name.asname or name.name: line.module or "" for line in lines for name in line.names}


@cache
def _front_door() -> dict[str, str]:
    """The module behind every name of the front door, read from its stub, as asking for a name would load it."""
    stub = ast.parse(Path(__file__).with_name("__init__.pyi").read_text(encoding="utf-8"))
    lines = (line for line in stub.body if isinstance(line, ast.ImportFrom))
    return {name.name: f"{ROOT}.{line.module}" for line in lines for name in line.names}


def _imports(needed: Iterable[_Import]) -> str:
    """The import lines, in the order that isort gives them."""
    whole = sorted(f"import {i.module}{_as(i.module, i.alias)}" for i in needed if not i.name)
    modules: dict[str, list[str]] = {}
    for one in sorted((i for i in needed if i.name), key=lambda i: (i.module, *_rank(i.name))):
        modules.setdefault(one.module, []).append(one.name + _as(one.name, one.alias))
    lines: dict[bool, list[str]] = {True: [], False: []}  # of the standard library, and of others
    for line in whole:
        lines[line.split()[1] in sys.stdlib_module_names].append(line)
    for module, names in modules.items():
        lines[module.partition(".")[0] in sys.stdlib_module_names].append(_from(module, names))
    return "\n\n".join("\n".join(group) for group in lines.values() if group)


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _as(name: str, alias: str) -> str:
    return f" as {alias}" if alias != name else ""


def _rank(name: str) -> tuple[int, str]:
    """Constants before classes before functions, each by the alphabet."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name.casefold()


class _Writer:
    """Writes values as expressions, and remembers what these need: imports, and arrays to stand before them."""

    def __init__(self, imports: set[_Import]) -> None:
        self.imports = imports
        self.arrays: dict[str, str] = {}  # the name of each, by its code

    def write(self, value: object, indent: int, used: int) -> str:
        """The expression, broken over lines where it must be. used: characters that the line has beside it."""
        if isinstance(value, np.ndarray):
            return self._array(value)
        if not isinstance(value, Config | tuple | list):
            return _literal(value)
        head, parts, tail = self._parts(value)
        flat = ", ".join(f"{name}{self.write(part, 0, -sys.maxsize)}" for name, part in parts)
        comma = "," * (isinstance(value, tuple) and len(value) == 1)
        if used + len(head + flat + comma + tail) <= WIDTH:
            return f"{head}{flat}{comma}{tail}"
        margin = " " * (indent + 4)
        lines = (f"{margin}{n}{self.write(part, indent + 4, indent + 5 + len(n))}," for n, part in parts)
        return "\n".join([head, *lines, " " * indent + tail])

    def _parts(self, value: Config | tuple[object, ...] | list[object]) -> tuple[str, list[tuple[str, object]], str]:
        if not isinstance(value, Config):
            opening, closing = "()" if isinstance(value, tuple) else "[]"
            return opening, [("", part) for part in value], closing
        kind = type(value)
        self.imports.add(_import(kind, kind.__name__))
        given = [(field, getattr(value, field.name)) for field in fields(value) if field.init]
        if isinstance(value, Entry):
            given = [(field, part) for field, part in given if _differs(field, part)]
        return f"{kind.__name__}(", [(f"{field.name}=", part) for field, part in given], ")"

    def _array(self, array: np.ndarray[Any, Any]) -> str:
        """The name of the array, whose numbers stand before the choices or in a file."""
        if len(array) > ROWS:
            self.imports |= {_Import("pathlib", "Path", "Path"), _Import(f"{ROOT}.data", "csv", "csv")}
            text = f'csv.read(Path("points.csv").read_bytes())  # a file of your {len(array):,} points, one a line'
        else:
            self.imports.add(_Import("numpy", "", "np"))
            numbers = textwrap.fill(" ".join(repr(float(v)) for v in array.flat), WIDTH)
            text = f'np.array("""\n{numbers}\n""".split(), dtype=float).reshape(-1, {array.shape[1]})'
        return self.arrays.setdefault(text, f"points{len(self.arrays) + 1}" if self.arrays else "points")


def _differs(field: Field[Any], value: object) -> bool:
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return repr(default) != repr(value)


def _literal(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return f"{value:_}" if abs(value) >= 10_000 else repr(value)
    if isinstance(value, float):
        return repr(value)
    raise TypeError(f"A script cannot hold a value of type {type(value).__name__}.")
