"""Learned steps: before Start all is there, a run learns, and the other grids are ranked with it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from diffviz.experiments.few_steps.learned import FIXED
from diffviz.runs.both_losses import BothLossesRun
from diffviz.runs.registry import RUNS
from tests.page import fine, open_page, words

KEY = "few-steps.learned"


def opened(**link: str) -> AppTest:
    """The view, opened by a link."""
    return fine(open_page("few_steps", view="learned", **link))


def test_before_start_every_way_to_place_five_steps_is_ranked() -> None:
    app = opened()
    assert "Before learning" in words(app)
    for name in (*FIXED, "yours", "L_hard", "L_soft", "the flow itself"):
        assert f"| {name} |" in words(app)


def test_a_run_learns_and_is_kept_when_the_choices_change() -> None:
    app = opened(learned__data="ring", learned__first="uniform")
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert isinstance(run, BothLossesRun)
    assert run.wait(lambda: run.latest is not None, 60) and run.settings.learning.first == "uniform"
    app.slider(key="few-steps.learned.seed").set_value(3).run()
    assert "Shown is the run as it began" in words(fine(app))
    fine(app.button(key=f"{KEY}:reset").click().run())
    assert "Before learning" in words(app)


def test_own_steps_come_from_the_link() -> None:
    assert "no 4 rising shares" in words(opened(learned__shares="200-100-300-400"))
