"""Objectives side by side: every preset draws, a run starts, pauses and resets, and the other view keeps its own."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.experiments.objectives import CONTESTANTS, PRESETS
from diffviz.runs.registry import RUNS
from diffviz.runs.side_by_side import SideBySideRun
from diffviz.runs.snapshot import Status
from tests.page import fine, open_page, words

KEY = "train.objectives"


def opened(**link: str) -> AppTest:
    """The page, opened by a link."""
    return fine(open_page("train", **link))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_seen_before_start(preset: str) -> None:
    app = opened(view="objectives", objectives__compare=preset)
    assert app.selectbox(key=f"{KEY}.compare").value == preset and "Untrained" in words(app)


@pytest.mark.parametrize("slug", CONTESTANTS)
def test_every_objective_can_be_chosen_and_learns(slug: str) -> None:
    other = "eps" if slug == "v" else "v"
    choice = {"objectives__compare": "own", "objectives__first": other, "objectives__second": slug}
    app = opened(view="objectives", objectives__steps="5", **choice)
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert isinstance(run, SideBySideRun)
    run.join(60)
    fine(app.run())
    assert run.status is Status.FINISHED and "step 5 of 5" in words(app) and not app.warning
    RUNS.drop(run.id)


def test_the_same_twice_is_refused_in_a_sentence() -> None:
    app = opened(view="objectives", objectives__compare="own", objectives__second="v")
    assert [error.value for error in app.error] and "at least two" in words(app)


def test_a_run_pauses_and_outlives_the_other_view_which_opens_first() -> None:
    app = opened(view="objectives")
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert run is not None and run.wait(lambda: run.latest is not None, 60)
    fine(app.button(key=f"{KEY}:pause").click().run())
    assert run.status is Status.PAUSED and run.id in app.query_params["run"]
    tabs = app.button_group[0]
    fine(tabs.set_value("").run())
    assert app.button(key="train:start") and not app.info and not run.status.ended
    assert "view" not in app.query_params and "run" not in app.query_params
    fine(app.button_group[0].set_value("objectives").run())
    assert app.session_state[f"{KEY}:run"] == run.id
    fine(app.button(key=f"{KEY}:reset").click().run())
    assert "Untrained" in words(app)


def test_a_link_without_a_view_opens_train_live() -> None:
    app = opened(target="eps")
    assert app.selectbox(key="train.target").value == "eps" and not app.info
