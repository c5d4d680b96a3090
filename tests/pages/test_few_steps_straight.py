"""Straight paths: the page stands before Start, and a student starts and ends."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from diffviz.runs.registry import RUNS
from diffviz.runs.snapshot import Status
from diffviz.runs.student import StudentRun
from tests.page import fine, open_page, words

KEY = "few-steps.straight"


def opened(**link: str) -> AppTest:
    """The page, opened by a link."""
    return fine(open_page("few_steps", **link))


def test_a_student_is_reflowed_to_the_end() -> None:
    app = opened(view="straight", straight__steps="2", straight__pairs="1000", straight__data="ring")
    assert "**Before reflow**" in words(app) and "| After reflow |" not in words(app)
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert isinstance(run, StudentRun)
    run.join(60)
    fine(app.run())
    assert run.status is Status.FINISHED and not app.warning
    assert "step 2 of 2" in words(app) and "| After reflow |" in words(app)
    fine(app.button(key=f"{KEY}:reset").click().run())
    assert "Before reflow" in words(app)
