"""The forward page draws every data set and every schedule, and keeps its choices in the link."""

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.data import DATASETS
from diffviz.schedules import SCHEDULES
from tests.page import open_page


def opened(**link: str) -> AppTest:
    return open_page("forward", **link)


@pytest.mark.parametrize(
    "link",
    [*({"data": slug} for slug in DATASETS), *({"schedule": slug} for slug in SCHEDULES)],
    ids=lambda link: "-".join(*link.items()),
)
def test_every_entry_draws(link):
    app = opened(**link, particles="100")
    assert not app.exception
    assert not app.info
    (name,) = link
    assert app.selectbox(f"forward.{name}").value == link[name]


def test_a_bad_link_opens_the_default_with_one_sentence():
    app = opened(steps="lots")
    assert not app.exception
    assert [note.value for note in app.info] == [
        "` The link could not be read in full: Euler–Maruyama steps must be a number, got 'lots'. `"
    ]
    assert app.select_slider("forward.steps").value == 20
