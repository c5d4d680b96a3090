"""Every view of the page Score draws, keeps its choices in the link, and opens the default for a bad one."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.page import open_page


def opened(**link: str) -> AppTest:
    return open_page("score", **link)


@pytest.mark.parametrize(
    "link",
    [
        {"field__source": "empirical", "field__at": "-0.5,1.25"},
        {"view": "step", "step__variance": "optimal", "step__data": "grid"},
        {"view": "langevin", "langevin__data": "ring", "langevin__calls": "20"},
        {"view": "pull", "pull__points": "5", "pull__at": "1,-1,0.25"},
        {"view": "memory", "memory__points": "5", "memory__width": "8"},
    ],
    ids=lambda link: link.get("view", "field"),
)
def test_every_view_draws_and_keeps_its_link(link: dict[str, str]) -> None:
    app = opened(**link)
    assert not app.exception and not app.error and not app.info
    kept = {name: values[0] if isinstance(values, list) else values for name, values in app.query_params.items()}
    assert kept == {name.replace("__", "."): value for name, value in link.items()}


@pytest.mark.parametrize("place", ["9,9", "1", "x,y", "nan,0", "0,0,0"])
def test_a_place_that_is_none_opens_the_default_with_one_sentence(place: str) -> None:
    app = opened(field__at=place)
    assert not app.exception
    assert len(app.info) == 1 and "could not be read in full" in app.info[0].value
    assert not app.query_params
