"""A run's picture is composed once for all who look, and anew when it shows something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from diffviz.player.scene import Scene
from diffviz.runs.lifecycle import Run
from diffviz.ui import live


class AnyRun:
    """What a run is here: an object that others may forget."""


def scene(name: str) -> Callable[[], Scene]:
    class Named:
        def payload(self) -> bytes:
            return name.encode()

    return cast(Callable[[], Scene], Named)


def test_the_same_step_is_composed_once_and_another_anew() -> None:
    def never() -> Any:
        pytest.fail("it is composed already")

    run, other = cast(Run, AnyRun()), cast(Run, AnyRun())
    assert live.picture(run, (10, 0.5), scene("ten")) == b"ten"
    assert live.picture(run, (10, 0.5), never) == b"ten"
    assert live.picture(other, (10, 0.5), scene("another's")) == b"another's"
    assert live.picture(run, (20, 0.5), scene("twenty")) == b"twenty"
    assert live.picture(run, (20, 0.6), scene("elsewhere")) == b"elsewhere"
    assert live.picture(other, (10, 0.5), never) == b"another's"
