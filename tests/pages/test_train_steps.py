"""Step by step: a press is a step, the step stands in the link, and a link reopens it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).parents[2] / "app.py")


def opened(**link: str) -> AppTest:
    """The view, opened by a link."""
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.switch_page("pages/train.py")
    app.query_params["view"] = "steps"
    for name, text in link.items():
        app.query_params[f"steps.{name}"] = text
    return fine(app.run())


def fine(app: AppTest) -> AppTest:
    assert not app.exception and not app.error
    return app


def press(app: AppTest, by: int) -> str:
    return said(fine(app.button(key=f"steps:{by}").click().run()))


def said(app: AppTest) -> str:
    (line,) = [m.value for m in app.markdown if "exact answer would cost" in m.value and m.value.startswith("**")]
    return str(line)


def test_presses_move_the_step_which_stands_in_the_link() -> None:
    app = opened()
    assert said(app).startswith("**Untrained**") and app.button(key="steps:-200").disabled
    assert press(app, 1).startswith("**Step 1**") and app.query_params["steps.step"] == "1"
    eleventh = press(app, 10)
    assert eleventh.startswith("**Step 11**") and app.query_params["steps.step"] == "11"
    assert said(opened(step="11")) == eleventh
    assert press(app, -200).startswith("**Untrained**") and "steps.step" not in app.query_params


def test_at_the_last_step_there_is_no_next() -> None:
    app = opened(step="195")
    press(app, 10)
    assert app.query_params["steps.step"] == "200"
    assert app.button(key="steps:1").disabled and app.button(key="steps:10").disabled


def test_another_choice_keeps_the_step_and_walks_anew() -> None:
    app = opened(step="3")
    before = said(app)
    app.selectbox(key=next(box.key for box in app.selectbox if box.key.startswith("train.steps.target"))).set_value(
        "x0"
    )
    after = said(fine(app.run()))
    assert after.startswith("**Step 3**") and after != before
