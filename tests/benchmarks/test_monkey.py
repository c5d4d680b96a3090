"""What the monkey sends depends on its seed alone, and the faults that it looks for are found where there are any."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.damaged import DAMAGES, WHOLE, outcome
from benchmarks.hostile import FILES, forged
from benchmarks.monkey import Episode, Trouble, Unreadable, link_name
from benchmarks.screen import Control, Screen
from benchmarks.server import ROOT, Server
from benchmarks.tracebacks import raised_in_streamlit, where

SEED = Control("$$ID-0a1b-race.order.seed#3", "slider", "Seed", ("double_array_value", [0.0]))


@pytest.mark.parametrize("kind", FILES)
def test_files_depend_on_the_seed_alone(kind: str) -> None:
    if kind != "huge":
        assert FILES[kind](random.Random("a")) == FILES[kind](random.Random("a"))


def test_forged_values_depend_on_the_seed_alone() -> None:
    sent = [
        repr([forged(SEED, rng) for _ in range(50)]) for rng in (random.Random(0), random.Random(0), random.Random(1))
    ]
    assert sent[0] == sent[1] != sent[2]


def test_a_choice_is_known_by_its_name_in_the_link() -> None:
    assert link_name(SEED, "race") == "order.seed"
    assert link_name(Control("$$ID-0a1b-race.player", "bidi_component", "", ("json_value", "{}")), "train") == ""


@pytest.mark.parametrize("kind", ["cut off", "changed bytes", "pickle", "no card", "unsigned", "folder"])
def test_a_damaged_checkpoint_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    DAMAGES[kind](path, random.Random(0))
    assert outcome(path) == ""


def test_a_loader_that_throws_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome(WHOLE) == ""
    monkeypatch.setattr("benchmarks.damaged.load_checkpoint", lambda path: [][0])
    assert outcome(WHOLE) == "IndexError: list index out of range"


LOG = f"""Ready.
Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/streamlit/exec_code.py", line 3, in run
    page()
  File "{ROOT}/diffviz/ui/form.py", line 7, in field
    draw()
  File "/usr/lib/python3/site-packages/streamlit/x.py", line 9, in draw
    raise ValueError("no")
ValueError: no
"""


def test_a_wrong_kind_of_value_is_no_fault_of_the_lab_only_where_streamlit_itself_stumbles(tmp_path: Path) -> None:
    ours = LOG.replace("streamlit/x.py", "json/x.py")
    foreign = LOG.replace(f"{ROOT}/diffviz", "/usr/lib/python3/json")
    assert raised_in_streamlit(LOG) and not raised_in_streamlit(ours)
    cases = ((LOG, True, Unreadable), (LOG, False, Trouble), (ours, True, Trouble), (foreign, False, Unreadable))
    for text, wrong_kind, told in cases:
        log = tmp_path / "server.log"
        log.write_text(text)
        episode = Episode(0, "controls", random.Random(0), Server("", 1, log), [], wrong_kind=wrong_kind)
        with pytest.raises(told):
            episode.check(_Shown(Screen()))  # type: ignore[arg-type]


def test_a_traceback_is_told_by_its_end_and_the_innermost_line_of_the_project() -> None:
    assert where(LOG) == 'ValueError: no [File "diffviz/ui/form.py", line 7, in field]'


class _Shown:
    """A visitor who sees a page in order."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.faults: dict[str, None] = {}


def test_trouble_is_found_in_the_log_and_on_a_blank_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "server.log"
    log.write_text("Ready.\n")
    episode = Episode(0, "links", random.Random(0), Server("", 1, log), [])
    with pytest.raises(Trouble, match="blank page"):
        episode.check(_Shown(Screen()))  # type: ignore[arg-type]
    log.write_text("Ready.\n" + LOG)
    with pytest.raises(Trouble, match="ValueError: no"):
        episode.check(_Shown(Screen()))  # type: ignore[arg-type]
