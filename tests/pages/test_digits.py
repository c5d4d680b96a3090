"""The digit lab, run from the app's entry as a visitor would, with and without the real digits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from diffviz.config import ConfigError
from diffviz.experiments.digits.counting import CountedBatch
from diffviz.experiments.digits.inverse import PROBLEMS
from diffviz.experiments.digits.measured import PAPER, ddim_table, fast_table
from diffviz.runs.background import Background
from diffviz.runs.registry import RUNS
from diffviz.runs.run import TrainingRun

APP = str(Path(__file__).parents[2] / "app.py")
VIEWS = ("sample", "learn", "table", "guidance", "latents", "inverse")
REAL = pytest.mark.usefixtures("real_digits")


def _open(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in link.items():
        app.query_params[name] = value
    app.switch_page("pages/digits.py").run()
    assert not app.exception, app.exception[0].value
    return app


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No files on this machine, and no mirror."""

    def nothing(remote, *_: object) -> None:
        raise ConfigError(f"No mirror of {remote.name} can be reached; put the file into here or set DIFFVIZ_DATA.")

    monkeypatch.delenv("DIFFVIZ_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda name: str(tmp_path / name))
    monkeypatch.setattr("diffviz.data.fetch._fetch", nothing)


def _said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.caption, *app.warning, *app.markdown))


@pytest.mark.parametrize(
    "link",
    [
        {},
        {"sample.look": "side", "sample.panes": "6", "sample.nfe": "6", "sample.digits": "16"},
        {"view": "table"},
        {
            "view": "table",
            "table.paper": "CelebA",
            "table.eta": "σ̂",
            "table.s": "1000",
        },
        {"view": "guidance", "guidance.steps": "5"},
        {"view": "guidance", "guidance.look": "plane"},
        {"view": "guidance", "guidance.look": "plane", "guidance.mixture": "placed", "guidance.class": "2"},
        {"view": "guidance", "guidance.look": "trade"},
        {"view": "latents", "latents.calls": "5"},
        {"view": "latents", "latents.look": "counts", "latents.flow": "dpmpp-2m"},
        *({"view": "inverse", "inverse.problem": slug, "inverse.steps": "10"} for slug in PROBLEMS),
        {"view": "learn", "learn.data": "digits"},
    ],
    ids=str,
)
def test_every_view_opens_with_and_without_real_digits(link: dict[str, str], offline: None) -> None:
    app = _open(**link)
    assert not app.error and not app.info
    if link.get("view") in ("latents", "inverse") and "latents.look" not in link:
        assert "DIFFVIZ_DATA" in app.warning[0].value and "stand in for real ones" in _said(app)
        assert [button.label for button in app.button] == ["Try again"]


@pytest.mark.parametrize("order", [1, -1], ids=["forth", "back"])
def test_every_view_opens_from_every_other(order: int, offline: None) -> None:
    """In one session, with each view's choices changed before the next is opened."""
    app = _open(**{"sample.look": "side", "sample.nfe": "5", "sample.digits": "16"})
    for view in VIEWS[::order] * 2:
        app.button_group(key="digits.view").set_value(view).run()
        assert not app.exception and not app.error
        if view in ("sample", "guidance", "latents"):
            box = app.selectbox(key=f"digits.{view}.look")
            box.select_index((box.index + 1) % len(box.options)).run()
            assert not app.exception and not app.error


def test_without_real_digits_the_small_ones_are_learned(offline: None) -> None:
    app = _open(view="learn")
    assert "DIFFVIZ_DATA" in app.warning[0].value and "8×8" in _said(app)
    app.button(key="digits:start").click().run()
    assert not app.exception
    run_id = app.session_state["digits:run"]
    run = RUNS.adopt(run_id)
    assert run.wait(lambda: run.latest is not None, 60) and run.points.shape[1:] == (1, 8, 8)
    RUNS.drop(run_id)


def test_other_choices_than_the_runs_are_started_with_beside_pause(offline: None) -> None:
    app = _open(**{"view": "learn", "learn.data": "digits"})
    noised = app.slider(key="digits.learn.at")
    assert noised.disabled and "Untrained" in _said(app)  # nothing real is noised before Start
    app.button(key="digits:start").click().run()
    assert not app.slider(key="digits.learn.at").disabled
    assert "digits:restart" not in [button.key for button in app.button]
    first = app.session_state["digits:run"]
    app.selectbox(key="digits.learn.start").set_value("early-300").run()
    assert not app.exception and app.button(key="digits:pause")
    app.button(key="digits:restart").click().run()
    assert not app.exception and "digits:restart" not in [button.key for button in app.button]
    second = RUNS.adopt(app.session_state["digits:run"])
    assert RUNS.adopt(first) is None and second is not None and second.first_weights is not None
    RUNS.drop(second.id)


def test_between_start_and_the_first_look_a_picture_stands(offline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingRun, "latest", property(lambda run: None))
    app = _open(**{"view": "learn", "learn.data": "digits"})
    app.button(key="digits:start").click().run()
    drawn = [component.proto.bytes for component in app.get("bidi_component")]
    assert not app.exception and any(b"To be drawn" in payload for payload in drawn)
    RUNS.drop(app.session_state["digits:run"])


@REAL
def test_real_digits_are_learned_from_scratch_and_from_a_checkpoint() -> None:
    for start in ("scratch", "early-300"):
        app = _open(view="learn", **{"learn.start": start})
        assert "Earlier run" in _said(app) and "Untrained" not in _said(app) and not app.warning
        app.button(key="digits:start").click().run()
        run_id = app.session_state["digits:run"]
        run = RUNS.adopt(run_id)
        assert run.wait(lambda run=run: run.latest is not None, 60) and len(run.points) == 60_000
        loss = run.latest.progress.loss
        RUNS.drop(run_id)
        assert (loss > 0.6) == (start == "scratch")


def test_a_choice_that_makes_no_sense_is_told_in_one_sentence() -> None:
    app = _open(view="nothing")
    assert len(app.info) == 1 and "must be one of sample, learn" in app.info[0].value


def test_a_cell_that_is_named_in_the_link_is_chosen() -> None:
    app = _open(view="table", **{"table.eta": "1", "table.s": "20"})
    assert {box.label: box.value for box in app.selectbox}["at"] == "20"


def test_what_guidance_gains_and_costs_is_three_charts() -> None:
    charts = _open(view="guidance", **{"guidance.look": "trade"}).get("plotly_chart")
    assert [len(json.loads(drawn.proto.spec)["data"]) for drawn in charts] == [3, 3, 3]


def test_many_digits_are_counted_until_another_choice_ends_it(monkeypatch: pytest.MonkeyPatch, offline: None) -> None:
    made: list[Background[CountedBatch]] = []

    class Noted(Background[CountedBatch]):
        def __init__(self, make: Callable[[], Iterator[CountedBatch]]) -> None:
            super().__init__(make, clock=lambda: 0.0)  # which never loses patience
            made.append(self)

    monkeypatch.setattr("diffviz.ui.background.Background", Noted)
    app = _open(**{"sample.digits": "16", "sample.nfe": "50"})
    assert "| DPM-Solver++ 2M | 0 | | |" in _said(app) and "99.0% ± 0.1%" in _said(app)
    (first,) = made
    while first.running and not first.items():
        first.join(0.05)
    st.cache_resource.clear()  # as any visitor's browser can have it be
    app.run()
    assert len(made) == 1 and (first.running or first.finished)
    assert re.search(r"DPM-Solver\+\+ 2M \| [1-9]\d*0 \| \d", _said(app))
    app.slider(key="digits.sample.seed").set_value(1).run()
    assert not app.exception and len(made) == 2
    first.join(60)
    assert not first.running and not first.finished and not first.error
    made[1].stop()
    made[1].join(60)


def test_what_was_measured_stands_in_tables() -> None:
    from diffviz.ui.digits import table

    assert all(table.ranks(ddim_table(), paper).count("·") == 25 for paper in PAPER)
    assert table.ranking(fast_table()).count("\n") == 1 + len(fast_table().cells)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("net.width", "256", "Width must be between 8 and 64, got 256."),
        ("batch", "512", "Batch must be between 16 and 128, got 512."),
        ("net.patch", "1", "'learn.net.patch' is not a choice of this page."),
    ],
)
def test_link_to_a_training_too_large_for_the_page_says_so(name: str, text: str, sentence: str, offline: None) -> None:
    """The command line allows far more than a page on which several train at a time."""
    app = _open(**{"view": "learn", "learn.data": "digits", f"learn.{name}": text})
    assert sentence in " ".join(element.value for element in (*app.error, *app.info, *app.warning))


def test_an_own_half_digit_is_asked_for_completed_and_refused_where_it_is_empty(offline: None) -> None:
    app = _open(view="inverse", **{"inverse.problem": "own-half", "inverse.half-steps": "10"})
    assert any("Write half a digit" in element.value for element in app.markdown) and not app.warning
    angles = np.linspace(2.8, -1.5, 100)
    app.session_state["digits:drawn"] = np.stack([np.cos(angles), 1.6 + 0.9 * np.sin(angles)], -1)
    app.run()
    assert not app.exception and not app.error
    assert not any("Write half a digit" in element.value for element in app.markdown)
    app.selectbox(key="digits.inverse.half").set_value("lower").run()
    assert "lower half is empty" in app.error[0].value
    app.selectbox(key="digits.inverse.half").set_value("upper").run()
    assert not app.error and len(app.session_state["digits:drawn"]) == 100
