"""The command line, called as its entry point calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from diffviz.cli import main


class Outcome(NamedTuple):
    """What a shell would see."""

    status: int
    out: str
    err: str


Diffviz = Callable[..., Outcome]


@pytest.fixture
def diffviz(capsys: pytest.CaptureFixture[str]) -> Diffviz:
    """Runs `diffviz WORDS`, each word turned to text."""

    def call(*words: object) -> Outcome:
        status = main([str(word) for word in words])
        return Outcome(status, *capsys.readouterr())

    return call
