"""What presenter mode leaves on the page: every view says which of its choices, and they are offered to everyone."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from diffviz.locations import APP, PAGES
from diffviz.ui import cover
from diffviz.ui.digits import setup
from diffviz.ui.shell import View

READY = ("Loading the numerics", "Drawing the data")  # what comes before all choices are made


def views() -> Iterator[tuple[str, View]]:
    """Every view, with the file of its page."""
    for page in sorted(path.stem for path in PAGES.glob("*.py")):
        package = importlib.import_module(f"diffviz.ui.{page}")
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for view in (*getattr(module, "VIEWS", ()), *filter(None, [getattr(module, "VIEW", None)])):
                yield page, view


VIEWS = [pytest.param(page, view, id=f"{page}-{view.slug}") for page, view in views()]


@pytest.fixture(autouse=True)
def nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view ends where it begins to compute, by which time it has made its choices."""

    def say(doing: str, usual: float) -> None:
        if doing not in READY:
            st.stop()

    monkeypatch.setattr(cover, "say", say)
    monkeypatch.setattr(setup, "fetched", lambda *_: st.stop())


@pytest.mark.parametrize(("page", "view"), VIEWS)
def test_a_view_says_which_two_of_its_choices_stay(page: str, view: View) -> None:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["view"] = view.slug
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    kinds = ("selectbox", "slider", "select_slider", "toggle", "multiselect")
    name = page.replace("_", "-")
    offered = {widget.key.removeprefix(f"{name}.") for kind in kinds for widget in app.get(kind) if widget.key}
    assert set(view.presented) <= offered
    assert len(set(view.presented)) == min(2, len(offered))
