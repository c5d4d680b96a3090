"""Distil: the page stands before Start, a student starts and ends, and every choice can be distilled."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.runs.registry import RUNS
from diffviz.runs.snapshot import Status
from diffviz.runs.student import StudentRun
from tests.page import fine, open_page, words

KEY = "few-steps.distil"


def opened(**link: str) -> AppTest:
    """The page, opened by a link."""
    return fine(open_page("few_steps", **link))


@pytest.mark.parametrize(
    "choices",
    [
        {"distil__data": "ring", "distil__printed": "true"},
        {"distil__target": "eps", "distil__weighting": "snr", "distil__start": "16"},
        {"distil__target": "x0", "distil__weighting": "truncated-snr"},
    ],
    ids=["printed", "eps", "x0"],
)
def test_a_student_is_distilled_to_the_end(choices: dict[str, str]) -> None:
    app = opened(distil__steps="1", **choices)
    assert "Untrained" in words(app)
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert isinstance(run, StudentRun)
    run.join(60)
    fine(app.run())
    assert run.status is Status.FINISHED and not app.warning
    assert f"step {run.settings.total_steps} of {run.settings.total_steps}" in words(app)
    assert "| 1 |" in words(app)
    fine(app.button(key=f"{KEY}:reset").click().run())
    assert "Untrained" in words(app)
