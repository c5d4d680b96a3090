"""The page of the notes, run from the app's entry as a visitor would."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.claims import CLAIMS
from diffviz.ui.notes.rows import CHAPTERS, chapter

APP = str(Path(__file__).parents[2] / "app.py")


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    app.switch_page("pages/notes.py").run()
    assert not app.exception, app.exception[0].value
    assert not app.info
    return app


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


@pytest.mark.parametrize("slug", CHAPTERS)
def test_every_chapter_opens_with_all_its_rows(slug: str) -> None:
    shown, app = chapter(slug), opened(view=slug)
    assert all(row.title in said(app) and row.statement in said(app) for row in shown.rows)
    labels = [button.label for button in app.button]
    assert labels.count("Measure") == sum(bool(row.claim) for row in shown.rows)


def test_a_row_is_measured_when_it_is_asked_for() -> None:
    app = opened(view="ld3")
    app.button(key="notes.tweedie").click().run()
    assert not app.exception
    assert said(app).count("✓ The right form gives the truth, the printed one does not") == 1
    assert CLAIMS["tweedie"].quantity in said(app)
    assert "1 measured; **1 of 1 confirmed.**" in said(app)


def test_a_chapter_is_measured_and_counted_and_another_seed_starts_anew() -> None:
    app = opened(view="ld3")
    app.button(key="notes.ld3.all").click().run()
    claims = sum(bool(row.claim) for row in chapter("ld3").rows)
    assert f"{claims} measured; **{claims} of {claims} confirmed.**" in said(app)
    assert len(app.get("html")) >= claims
    app.slider(key="notes.ld3.seed").set_value(1).run()
    assert "None measured yet." in said(app)


def test_a_derivation_is_set_once_it_is_unfolded() -> None:
    app, row = opened(view="ld3"), chapter("ld3").rows[0]
    assert row.why not in said(app)
    app.session_state[f"notes.why.{row.title}"] = True
    app.run()
    assert row.why in said(app)
