"""Step by step: a press is a step, the step stands in the link, and a link reopens it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.page import fine, open_page


def opened(**link: str) -> AppTest:
    """The view, opened by a link."""
    return undisturbed(open_page("train", view="steps", **{f"steps.{k}": v for k, v in link.items()}))


def undisturbed(app: AppTest) -> AppTest:
    """The page, if it shows neither an exception nor an error."""
    assert not fine(app).error
    return app


def press(app: AppTest, by: int) -> str:
    return said(undisturbed(app.button(key=f"steps:{by}").click().run()))


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
    after = said(undisturbed(app.run()))
    assert after.startswith("**Step 3**") and after != before
