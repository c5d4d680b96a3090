"""Every command explains itself, with an example that is right."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer

from diffviz.cli import EXAMPLES, app
from tests.commands.conftest import Diffviz

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]
RUNNABLE = ("sample", "compare", "sweep", "export")  # in a few seconds, with what ships


def test_every_command_has_an_example_and_no_example_is_left_over() -> None:
    assert list(COMMANDS) == list(EXAMPLES)


@pytest.mark.parametrize("words", [(), ("--help",)], ids=["alone", "help"])
def test_the_list_of_commands(diffviz: Diffviz, words: tuple[str, ...]) -> None:
    status, out, err = diffviz(*words)
    assert status == 0 and err == "" and out.startswith("Usage: diffviz ")
    listed = [line.split()[0] for line in out.split("Commands:\n")[1].splitlines() if line.strip()]
    assert listed == list(EXAMPLES) and "..." not in out.split("Commands:")[1]


@pytest.mark.parametrize("name", EXAMPLES)
def test_help_shows_an_example_that_parses(diffviz: Diffviz, name: str) -> None:
    status, out, err = diffviz(name, "--help")
    assert status == 0 and err == ""
    assert f"Example: {EXAMPLES[name]}" in " ".join(out.split())
    program, command, *words = shlex.split(EXAMPLES[name])
    assert (program, command) == ("diffviz", name)
    given = COMMANDS[name].make_context(name, words).params  # raises for words that the command does not have
    assert set(given) == {parameter.name for parameter in COMMANDS[name].params} - {"help"}


@pytest.mark.parametrize("name", RUNNABLE)
def test_an_example_runs(diffviz: Diffviz, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = diffviz(*shlex.split(EXAMPLES[name])[1:])
    assert status == 0 and out and err == ""
    written = [word for word in shlex.split(EXAMPLES[name]) if (tmp_path / word).is_file()]
    assert [path.name for path in tmp_path.iterdir()] == written
    assert bool(written) == (name in ("sample", "export"))
