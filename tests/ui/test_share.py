"""What a link holds of a drawing and of a moment, and what the menus are told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from diffviz.config import ConfigError
from diffviz.locations import APP
from diffviz.player import Pane, Points, Scene, source
from diffviz.player.payload import extended
from diffviz.ui import drawing, moment
from diffviz.ui.notice import plain
from tests.player.test_payload import decode

CIRCLE = 2 * np.stack([np.cos(np.linspace(0, 6, 700)), np.sin(np.linspace(0, 6, 700))], -1)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=50))
def test_a_drawing_comes_back_from_a_link_as_it_was_trained_on(points: list[tuple[float, float]]) -> None:
    drawn = np.array(points)
    assert np.array_equal(drawing.read(drawing.written(drawn)), drawing.snapped(drawn))
    assert np.abs(drawing.snapped(drawn) - drawn).max() <= 3 / 255 + 1e-9  # half a step of the grid


def test_a_stroke_fits_into_a_link_and_a_full_pad_does_not() -> None:
    assert 0 < len(drawing.written(CIRCLE)) <= drawing.LONGEST
    assert drawing.written(np.random.default_rng(0).uniform(-3, 3, (5000, 2))) == ""


BOMB = "7cEBDQAAAMKg909tDjegAAAAAAAAAAAA"  # the beginning of a stream that does not end


@pytest.mark.parametrize("text", ["x", "\u00e9", "====", BOMB, drawing.written(CIRCLE)[:-4], "A" * 9000, "<b>"])
def test_what_is_no_drawing_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^The drawing in the link cannot be read\.$"):
        drawing.read(text)


def test_a_moment_is_read_and_each_wrong_value_met_with_a_sentence() -> None:
    valid = {"moment": "0.25", "speed": "2", "follow": "3,14", "layers": "points,heat"}
    assert moment.read(valid | {"view": "order"}) == (valid, [])
    for wrong in (
        {"moment": "1.5"},
        {"moment": "nan"},
        {"speed": "3"},
        {"follow": "1,2,3,4,5"},
        {"follow": "<b>"},
        {"layers": "<b>"},
    ):
        said, complaints = moment.read(wrong)
        assert said == {} and len(complaints) == 1 and complaints[0].endswith(".")


@pytest.mark.parametrize(
    ("moment", "told"),
    [("0.25", []), ("7", ["The link could not be read in full: moment must be between 0 and 1, got 7."])],
)
def test_a_page_lets_a_moment_stand_in_its_address_and_a_wrong_one_not(moment: str, told: list[str]) -> None:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["moment"] = moment
    app.run()
    assert not app.exception and ("moment" in app.query_params) == (not told)
    assert [plain(sentence) for sentence in told] == [note.value for note in app.info]


def test_code_travels_with_a_scene_and_changes_nothing_else_of_it() -> None:
    payload = Scene([Pane([Points(np.ones((2, 3, 2)))])]).payload()
    header, blocks = decode(extended(payload, code="print('é')"))
    before, as_before = decode(payload)
    assert header.pop("code") == "print('é')" and str(header) == str(before)
    assert all(np.array_equal(a, b) for a, b in zip(blocks, as_before, strict=True))


def script() -> None:
    import numpy as np

    from diffviz.figures import Axis, Chart, Series
    from diffviz.ui import chart

    n = np.array([1, 10])
    series = Series("DDIM, η = 0", n, 1 / n, bars=np.array([0.5, 0.25]))
    chart.show(Chart("Error", Axis("calls"), Axis("error"), (series,)), "order.chart", code="print(1)")


def test_a_chart_offers_its_code_under_the_name_of_its_view() -> None:
    app = AppTest.from_function(script).run()
    buttons: dict[str, Any] = {element.proto.label: element.proto for element in app.get("download_button")}
    assert app.code[0].value == "print(1)" and set(buttons) == {"CSV", "PDF", "SVG", "PNG", "Python"}


def test_the_speeds_of_a_link_are_those_of_the_player() -> None:
    script = (Path(source.__file__).parent / "dom.js").read_text(encoding="utf-8")
    found = re.search(r"const SPEEDS = \[(.*)\];", script)
    assert found is not None and tuple(found[1].split(", ")) == moment.SPEEDS
