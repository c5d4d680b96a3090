"""The race at few calls: who stands where, and what is recommended."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from diffviz.data import Ring
from diffviz.experiments.few_steps import digits
from diffviz.experiments.few_steps.race import CALLS, SOLVERS, FewStepsConfig, FewStepsResult, run_few_steps
from diffviz.experiments.few_steps.standings import Standing, Standings
from diffviz.experiments.problem import Problem
from diffviz.figures import few_steps as charts
from diffviz.pretrained import students
from diffviz.ui.few_steps import race as view
from tests.toy_student import ship

APP = str(Path(__file__).parents[2] / "app.py")


def _standings(*everybody: Standing) -> Standings:
    return Standings("Distance", "one", 0.05, 0.01, everybody)


NEAR = Standing("Near", 4, 0.06, 0.002, 90.0, True)
CHEAP = Standing("Cheap", 4, 0.07, 0.004, 12.0, True)
FREE = Standing("Free", 4, 0.2, 0.01, 0.0, False)
EVERYBODY = _standings(FREE, NEAR, CHEAP, Standing("Free", 1, 0.9, 0.01, 0.0, True))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> FewStepsResult:
    with pytest.MonkeyPatch.context() as patch:
        ship(tmp_path_factory.mktemp("students"), patch)
        return run_few_steps(FewStepsConfig(Problem(Ring()), "2"))


def test_among_those_to_whom_nobody_is_visibly_nearer_the_one_that_cost_least_is_recommended() -> None:
    assert EVERYBODY.recommended(4) == CHEAP and EVERYBODY.cheapest(4) == FREE
    assert [one.title for one in EVERYBODY.at(4)] == ["Near", "Cheap", "Free"]
    alone = _standings(FREE, NEAR, CHEAP._replace(equal=False))
    assert alone.recommended(4) == NEAR
    assert _standings(FREE._replace(equal=True), NEAR).recommended(4).title == "Free"


def test_one_sentence_says_it_with_its_cost_and_what_is_to_be_had_without_training() -> None:
    said = view.answer(EVERYBODY, 4)
    assert said.startswith("**At 4 calls use Cheap**: 0.070 ± 0.004 from real data") and said.count(". ") == 0
    assert "for 12 CPU s of training" in said and "as near within the noise: Near" in said
    assert said.endswith("without training the nearest is Free at 0.200 ± 0.010.")
    alone = view.answer(EVERYBODY, 1)
    assert "At 1 call use Free" in alone and "without any training" in alone and "visibly nearer than all" in alone


def test_everybody_makes_every_number_of_calls_that_they_know(result: FewStepsResult) -> None:
    made = [(one.title, one.calls) for one in result.standings.everybody]
    titles = [lane.title for lane in SOLVERS]
    assert made == [(title, n) for n in CALLS for title in (*titles, *["Toy"] * (n != 8))]
    assert [lane.nfe for lane in result.race.lanes] == [2, 2, 2] and len(result.race.lanes) == 3
    assert {one.trained for one in result.standings.everybody if one.title == "Toy"} == {12.3}
    for calls in CALLS:
        at = result.standings.at(calls)
        assert at[0].equal and [one.distance for one in at] == sorted(one.distance for one in at)


def test_the_charts_hold_what_was_measured(result: FewStepsResult) -> None:
    calls, cost = charts.over_calls(result.standings), charts.over_cost(result.standings, 2)
    lines = {line.label: line for line in calls.series}
    assert lines["Toy"].x.tolist() == [1, 2, 4] and lines["DDIM"].x.tolist() == list(CALLS)
    points = {line.label: line for line in cost.series}
    assert points["Toy"].x.tolist() == [12.3] and points["DDIM"].x.tolist() == [0.0]
    for title, line in points.items():
        assert (line.color, line.marker) == (lines[title].color, lines[title].marker)
        np.testing.assert_array_equal(line.y, lines[title].y[lines[title].x == 2])


def _table(path: Path) -> None:
    cells = [
        {"title": "DDIM", "calls": 4, "frechet": [200.0, 190.0, 210.0], "clear": 0.8, "trained": 0.0},
        {"title": "Toy", "calls": 4, "frechet": [20.0, 18.0, 22.0], "clear": 0.97, "trained": 900.0},
        {"title": "Other", "calls": 4, "frechet": [21.0, 19.0, 23.0], "clear": 0.96, "trained": 300.0},
    ]
    table = {"cells": cells, "floor": [4.0, 3.0, 5.0], "samples": 2048, "command": "python -m benchmark"}
    path.write_text(json.dumps(table))


def test_digits_whose_intervals_overlap_are_as_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "TABLE", tmp_path / "table.json")
    _table(digits.TABLE)
    table = digits.digit_table.__wrapped__()
    assert [one.equal for one in table.standings.at(4)] == [True, True, False]
    assert table.standings.recommended(4).title == "Other"
    rows = view.rows(table, 4).splitlines()
    assert rows[2].startswith("| Toy | 4 | 20 [18, 22] | 97.0% | 900 CPU s |") and rows[-1].startswith(
        "| *real digits*"
    )


def _open(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["view"] = view.SLUG
    for name, value in link.items():
        app.query_params[f"{view.SLUG}.{name}"] = value
    return app.switch_page("pages/few_steps.py").run()


def test_the_view_opens_and_ends_in_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(tmp_path, monkeypatch)
    app = _open(data="ring", calls="8")
    assert not app.exception and not app.error and not app.info
    assert any("did not learn 8 calls: Toy" in caption.value for caption in app.caption)
    assert any(text.value.startswith("**At 8 calls use ") for text in app.markdown)
    app.selectbox(key=f"few-steps.{view.SLUG}.calls").set_value("1").run()
    assert not app.exception
    (answer,) = [text.value for text in app.markdown if text.value.startswith("**At ")]
    assert answer.startswith("**At 1 call use ")


@pytest.mark.parametrize("calls", ["1", "5"])
def test_digits_are_drawn_where_a_table_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: str
) -> None:
    monkeypatch.setattr(students, "FOLDER", tmp_path)
    assert "mnist" not in view.offered() or digits.TABLE.is_file()
    lanes = digits.digit_lanes(int(calls))
    paths = [digits.run_digit_path(lane, 0) for lane in lanes]
    assert [path.path.nfe for path in paths] == [int(calls)] * 2 and paths[0].path.final.shape == (9, 1, 28, 28)
