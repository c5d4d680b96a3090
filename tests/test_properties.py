"""A property is computed once for each object, and no object waits for another's."""

from __future__ import annotations

import ast
import threading
from dataclasses import dataclass, field
from pathlib import Path

from diffviz.properties import cached_property

LIBRARY = Path(__file__).parents[1] / "diffviz"


@dataclass(frozen=True)
class Doubled:
    value: int
    computed: list[int] = field(default_factory=list)
    go: threading.Event | None = None

    @cached_property
    def twice(self) -> int:
        """Twice the value."""
        self.computed.append(self.value)
        if self.go is not None:
            self.go.wait(60)
        return 2 * self.value


def test_a_property_is_computed_once_for_each_object() -> None:
    three, four = Doubled(3), Doubled(4)
    assert (three.twice, four.twice, three.twice) == (6, 8, 6)
    assert three.computed == [3] and four.computed == [4]
    assert Doubled.twice.__doc__ == "Twice the value."


def test_one_object_does_not_wait_for_another() -> None:
    """functools' property of Python 3.11 would: this test would never end."""
    slow = Doubled(1, go=threading.Event())
    thread = threading.Thread(target=lambda: slow.twice)
    thread.start()
    while not slow.computed:
        pass
    assert Doubled(2).twice == 4 and thread.is_alive()
    assert slow.go is not None
    slow.go.set()
    thread.join(60)
    assert slow.twice == 2 and slow.computed == [1]


def test_the_library_has_no_property_that_locks() -> None:
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "functools":
                assert "cached_property" not in {alias.name for alias in node.names}, path
