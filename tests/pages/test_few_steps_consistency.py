"""The view Consistency: it opens with a picture, and every way to learn starts and ends."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.experiments.few_steps.consistency import LESSONS
from diffviz.runs.registry import RUNS
from diffviz.runs.snapshot import Status
from diffviz.runs.student import StudentRun
from tests.page import fine, open_page, words

KEY = "few-steps.consistency"


def opened(**link: str) -> AppTest:
    """The view, opened by a link."""
    return fine(open_page("few_steps", view="consistency", **{f"consistency.{k}": v for k, v in link.items()}))


@pytest.mark.parametrize("slug", LESSONS)
def test_every_way_to_learn_is_seen_before_start_and_ends(slug: str) -> None:
    app = opened(method=slug, **{f"{slug}.steps": "5"})
    assert app.selectbox(key=f"{KEY}.method").value == slug and "Untrained" in words(app)
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert isinstance(run, StudentRun)
    run.join(60)
    fine(app.run())
    assert run.status is Status.FINISHED and "step 5 of 5" in words(app) and not app.warning
    RUNS.drop(run.id)


def test_pieces_and_distance_reach_the_training_and_a_ring_has_a_teacher() -> None:
    app = opened(data="ring", pieces="16", **{"distillation.distance": "l1", "distillation.steps": "5"})
    fine(app.button(key=f"{KEY}:start").click().run())
    run = RUNS.adopt(app.session_state[f"{KEY}:run"])
    assert isinstance(run, StudentRun)
    assert (run.settings.first, run.settings.last, run.settings.substeps, run.settings.distance) == (16, 16, 1, "l1")  # type: ignore[attr-defined]
    RUNS.drop(run.id)
