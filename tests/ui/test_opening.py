"""What a page begins with: its title always, its still only where the link leaves everything as it is."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from benchmarks.stills import VIEWS
from diffviz.locations import PAGES
from diffviz.ui.gate import page_routes
from diffviz.ui.opening import opening

NAMES = [path.stem for path in PAGES.glob("*.py")]


@pytest.fixture
def lab() -> TestClient:
    return TestClient(Starlette(routes=page_routes(NAMES)))


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_begins_with_its_title_and_its_still_in_both_themes(lab: TestClient, name: str) -> None:
    html = lab.get("/" if name == "home" else f"/{name}").text
    assert html.index("BACKEND_BASE_URL") < html.index("<h1>") < html.index('<div id="root">')
    for theme in ("light", "dark"):
        address = f"stills/{name}-{theme}.webp"
        assert f'"{address}"' in html and lab.get(f"/{address}").headers["content-type"] == "image/webp"


def test_a_view_has_its_own_still(lab: TestClient) -> None:
    assert "stills/race-order-light.webp" in lab.get("/race?view=order").text


@pytest.mark.parametrize("query", ["seed=1", "view=order&seed=1", "view=nothing", "view=../../app", "run=x"])
def test_where_the_link_chooses_there_is_no_still(lab: TestClient, query: str) -> None:
    html = lab.get(f"/race?{query}").text
    assert "<h1>Sampler race</h1>" in html and "stills/" not in html


@pytest.mark.parametrize(("query", "alone"), [("present=1", "present"), ("view=order&embed=true", "embed")])
def test_where_the_figure_is_to_stand_alone_it_begins_without_words(lab: TestClient, query: str, alone: str) -> None:
    html = lab.get(f"/race?{query}").text
    assert f'dataset.alone = "{alone}"' in html and "<h1></h1>" in html and "stills/" not in html
    assert "dataset.alone =" not in lab.get("/race").text


def test_nothing_of_the_link_is_written_on_the_page(lab: TestClient) -> None:
    assert "evil" not in lab.get("/race?view=evil&evil=evil").text


def test_letters_are_read_without_setting_and_formulas_wait_for_it() -> None:
    assert "at every t the law" in opening("forward", {})
    assert "nabla" not in opening("score", {})
