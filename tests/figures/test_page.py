"""What Plotly draws is what the chart holds, in the colours of the theme."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from diffviz.figures import Chart
from diffviz.figures.page import ALIASES, figure
from diffviz.figures.palette import palette


def _spec(chart: Chart, **options: Any) -> dict[str, Any]:
    """Data and layout, arrays as they are."""
    drawn = figure(chart, **options)
    return {"data": drawn.data, "layout": drawn.layout}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_kind_is_drawn_in_both_themes_on_a_clear_ground(chart: Chart, theme: Any) -> None:
    layout = _spec(chart, theme=theme)["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert layout["font"]["color"] == palette(theme)["text"] and layout["font"]["family"].startswith("Inter")
    assert layout["height"] < 600


def test_points_bars_and_names_are_those_given(lines: Chart) -> None:
    spec = _spec(lines)
    for s, trace in zip(lines.series, spec["data"], strict=True):
        assert trace["name"] == s.label
        np.testing.assert_array_equal(trace["x"], s.x)
        np.testing.assert_array_equal(trace["y"], s.y)
        np.testing.assert_array_equal(trace["error_y"]["array"], s.bars)
        assert trace["error_x"]["array"] is None
    assert spec["layout"]["xaxis"]["type"] == spec["layout"]["yaxis"]["type"] == "log"
    np.testing.assert_allclose(spec["layout"]["xaxis"]["range"], np.log10([1.8, 60.0]))


def test_lines_can_be_told_apart_and_hidden(lines: Chart) -> None:
    """Colour, mark and dash differ; a click in the legend, Plotly's default, is left as it is."""
    spec = _spec(lines)
    looks = [(t["line"]["color"], t["marker"]["symbol"]) for t in spec["data"]]
    assert len({color for color, _ in looks}) == len({symbol for _, symbol in looks}) == 8
    assert spec["layout"]["showlegend"] and spec["layout"]["legend"]["itemclick"] is None
    colors = palette("dark")
    assert [t["line"]["color"] for t in _spec(lines, theme="dark")["data"]] == [
        colors[f"group-{k}"] for k in range(1, 9)
    ]


def test_the_pointer_reads_name_quantities_and_bar(lines: Chart, ranking: Chart) -> None:
    assert _spec(lines)["data"][0]["customdata"][1] == (
        "<b>Sampler 0</b><br>network calls: 5<br>Sliced Wasserstein-2: 0.2 ± 0.01"
    )
    assert _spec(ranking)["data"][0]["customdata"][1] == "<b>distance</b><br>Sliced Wasserstein-2: 0.17 ± 0.02<br>DDIM"


def test_rules_stand_at_their_values_with_names_apart(lines: Chart) -> None:
    spec = _spec(lines)
    drawn = [s for s in spec["layout"]["shapes"] if s["type"] == "line"]
    assert [s["y0"] for s in drawn] == [s["y1"] for s in drawn] == [0.05, 0.1]
    assert [s["label"]["text"] for s in drawn] == ["real against real 0.05", "wanted 0.1"]  # half a band is no error
    assert [s["label"]["yanchor"] for s in drawn] == ["top", "bottom"]
    (band,) = (s for s in spec["layout"]["shapes"] if s["type"] == "rect")
    assert (band["y0"], band["y1"]) == pytest.approx((0.04, 0.06))


def test_what_is_nowhere_breaks_the_line(ranking: Chart, band: Chart) -> None:
    dots = _spec(ranking)["data"][0]
    assert np.isnan(dots["x"][2]) and dots["mode"] == "markers"
    np.testing.assert_array_equal(dots["error_x"]["array"], ranking.series[0].bars)
    shade, line = _spec(band)["data"]
    assert shade["legendgroup"] == line["legendgroup"] and shade["fill"] == "toself" and line["mode"] == "lines"
    assert len(shade["x"]) == 2 * 18 and np.isfinite(np.asarray(shade["y"], float)).all()


def test_names_run_from_top_to_bottom(ranking: Chart) -> None:
    axis = _spec(ranking)["layout"]["yaxis"]
    assert list(axis["ticktext"]) == list(ranking.y.categories) and axis["range"] == (2.5, -0.5)


def test_every_cell_has_its_texts_and_can_be_picked(matrix: Chart) -> None:
    assert matrix.heat is not None
    ground, values, intervals, picks = _spec(matrix)["data"]
    np.testing.assert_array_equal(ground["z"], matrix.heat.shades)
    assert values["text"][2] == "1000" and intervals["text"][2] == "[995, 1005]"
    assert [tuple(place) for place in picks["customdata"]] == [(r, c) for r in range(2) for c in range(3)]
    assert list(picks["x"]) == [0, 1, 2] * 2 and list(picks["y"]) == [0] * 3 + [1] * 3
    assert picks["text"][3] == "η = σ̂, S = 10<br>MNIST-Fréchet: <b>27</b> [22, 32]"


def test_the_selected_cell_is_framed(matrix: Chart) -> None:
    (frame,) = _spec(matrix, selected=(1, 2))["layout"]["shapes"]
    assert (frame["x0"], frame["x1"], frame["y0"], frame["y1"]) == (1.5, 2.5, 0.5, 1.5)


def test_small_numbers_of_a_logarithmic_axis_are_powers(lines: Chart) -> None:
    assert (ALIASES["0.00001"], ALIASES["5e-7"], ALIASES["20,000"]) == ("10⁻⁵", "5·10⁻⁷", "2·10⁴")
    assert _spec(lines)["layout"]["xaxis"]["dtick"] == "D2"
