"""A page of the lab without a browser, as Streamlit's own test client opens it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[1] / "app.py"


def open_page(page: str, **link: str) -> AppTest:
    """The page of a name, opened by a link; a dot in the name of a choice is written __."""
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page(f"pages/{page}.py")
    for name, text in link.items():
        app.query_params[name.replace("__", ".")] = text
    return app.run()


def fine(app: AppTest) -> AppTest:
    """The page, if it shows no exception."""
    assert not app.exception, app.exception[0].message
    return app


def words(app: AppTest) -> str:
    """All that it says in texts, captions and notices."""
    return " ".join(element.value for kind in (app.markdown, app.caption, app.error, app.info) for element in kind)
