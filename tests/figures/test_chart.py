"""A chart holds what it was given, refuses what cannot be drawn, and gives all of it back as CSV."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffviz.figures import Axis, Chart, Heat, Rule, Series
from diffviz.figures.numerals import between, decade_steps, estimate, written

N = np.arange(1.0, 4.0)
LINE = Series("a", N, N)
PLAIN = Axis("x")

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "y of another length": (lambda: Series("a", N, N[:2]), "y of 'a' must be 3 numbers"),
    "text": (lambda: Series("a", np.array(["b"]), np.array([1])), "x of 'a' must be n numbers"),
    "no points": (lambda: Series("a", np.array([]), np.array([])), "x of 'a'"),
    "bars of another length": (lambda: Series("a", N, N, N[:1]), "bars of 'a'"),
    "negative bars": (lambda: Series("a", N, N, -N), "not be negative"),
    "a band of another length": (lambda: Series("a", N, N, band=(N, N[:1])), "band of 'a'"),
    "falling limits": (lambda: Axis("x", limits=(2.0, 1.0)), "must rise"),
    "endless limits": (lambda: Axis("x", limits=(0.0, np.inf)), "must rise"),
    "a logarithm of nothing": (lambda: Axis("x", log=True, limits=(0.0, 1.0)), "must be positive"),
    "a logarithm of names": (lambda: Axis("x", log=True, categories=("a",)), "no logarithm"),
    "a rule nowhere": (lambda: Rule("floor", np.nan), "must stand at a number"),
    "a flat matrix": (lambda: Heat("d", N), "values of 'd' must be n × n numbers"),
    "intervals of another shape": (lambda: Heat("d", N[None], np.zeros((1, 3))), "1 × 3 × 2"),
    "a logarithm of a negative cell": (lambda: Heat("d", -N[None], log=True), "positive"),
    "an empty chart": (lambda: Chart("c", PLAIN, PLAIN), "lines or a matrix"),
    "lines over a matrix": (lambda: Chart("c", PLAIN, PLAIN, (LINE,), heat=Heat("d", N[None])), "not both"),
    "a matrix without names": (lambda: Chart("c", PLAIN, PLAIN, heat=Heat("d", N[None])), "as many categories"),
    "a rule below a logarithm": (
        lambda: Chart("c", PLAIN, Axis(log=True), (LINE,), (Rule("floor", 0.0),)),
        "must be positive on a logarithmic axis",
    ),
    "two lines of one name": (lambda: Chart("c", PLAIN, PLAIN, (LINE, LINE)), "two lines of one name"),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_with_one_sentence(make: tuple[Callable[[], Any], str]) -> None:
    build, sentence = make
    with pytest.raises(ValueError) as refusal:
        build()
    said = str(refusal.value)
    assert sentence in said and said.endswith(".") and said.count(". ") == 0 and "\n" not in said


def test_lines_of_a_chart_differ_in_colour_mark_and_dash(lines: Chart) -> None:
    assert len({s.color for s in lines.series}) == len({s.marker for s in lines.series}) == 8
    neighbours = zip(lines.series, lines.series[1:], strict=False)
    assert all(a.dash != b.dash for a, b in neighbours)


def test_a_style_of_its_own_is_kept() -> None:
    own = Series("b", N, N, marker=None, dash="dotted", color="exact")
    first, second = Chart("c", PLAIN, PLAIN, (LINE, own)).series
    assert (first.marker, first.dash, first.color) == ("circle", "solid", "group-1")
    assert (second.marker, second.dash, second.color) == (None, "dotted", "exact")


def test_limits_hold_all_that_is_drawn(lines: Chart, ranking: Chart, band: Chart) -> None:
    x, (low, high) = lines.limits()
    assert x == (1.8, 60.0)
    assert low < 0.02 - 0.01 and high > 4.0 + 0.08  # the lowest and the highest end of a bar
    (left, right), rows = ranking.limits()
    assert left < 0.056 - 0.003 and 0.19 < right < 1.0 and rows == (-0.5, 2.5)
    assert band.limits()[1][0] < -0.1


def test_nothing_that_can_be_drawn_still_has_limits() -> None:
    nowhere = Series("a", N, np.full(3, np.inf), np.zeros(3))
    for log in (True, False):
        low, high = Chart("c", PLAIN, Axis(log=log), (nowhere,)).limits()[1]
        assert low < high


def test_csv_gives_back_every_number_in_full(lines: Chart) -> None:
    head, *rows = csv.reader(lines.csv().splitlines())
    assert head == ["series", "network calls", "Sliced Wasserstein-2", "bar", "low", "high"]
    for s in lines.series:
        own = np.array([row[1:4] for row in rows if row[0] == s.label], dtype=float)
        np.testing.assert_array_equal(own, np.stack([s.x, s.y, s.bars], axis=1))
    assert [row for row in rows if row[0] == "wanted"] == [["wanted", "", "0.1", "", "", ""]]


def test_csv_names_categories_and_gives_the_band(ranking: Chart, band: Chart) -> None:
    assert "distance,0.07,DPM-Solver++ 2M,0.01,," in ranking.csv().splitlines()
    assert "real against real,0.056,,0.003,," in ranking.csv().splitlines()
    assert band.csv().splitlines()[1] == "mean,0.0,0.0,,-0.1,0.1"


def test_csv_of_a_matrix_has_a_row_a_cell(matrix: Chart) -> None:
    head, *rows = csv.reader(matrix.csv().splitlines())
    assert head == ["η", "S", "MNIST-Fréchet", "low", "high"] and len(rows) == 6
    assert rows[2] == ["0", "1,000", "1000.25", "995.25", "1005.25"]


def test_cells_are_darker_where_values_are_higher(matrix: Chart) -> None:
    assert matrix.heat is not None
    shades, values = matrix.heat.shades, matrix.heat.values
    assert shades.min() == 0 and shades.max() == 1
    np.testing.assert_array_equal(shades.ravel().argsort(), values.ravel().argsort())
    assert not Heat("d", np.ones((2, 2))).shades.any()
    assert matrix.heat.texts(0, 0) == ("32", "[27, 37]")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0213, "0.0213"),
        (1000, "1,000"),
        (6.53169e-7, "6.53·10⁻⁷"),
        (1e-5, "10⁻⁵"),
        (-0.5, "−0.5"),
        (0, "0"),
        (2e4, "2·10⁴"),
    ],
)
def test_numbers_are_written_as_one_would(value: float, text: str) -> None:
    assert written(value) == text


def test_an_estimate_names_its_bar_if_there_is_one() -> None:
    assert estimate(0.2576, 0.00255) == "0.258 ± 0.0026"
    assert estimate(0.2576, 0.0) == estimate(0.2576, np.nan) == estimate(0.2576, None) == "0.258"


def test_round_numbers_stand_on_a_logarithmic_axis_of_any_width() -> None:
    for high in (1e-3, 0.1, 0.4, 30.0, 1e6):
        steps = decade_steps(3e-4, high)
        assert steps is not None and 3 <= len(between(3e-4, high, steps)) <= 12
    assert decade_steps(0.05, 0.06) is None
    assert between(0.06, 0.26, (1.0, 1.5, 2.0)) == [0.1, 0.15, 0.2]


def test_the_name_of_a_rule_stands_where_the_lines_are_far() -> None:
    falling = Series("a", N, np.array([9.0, 1.0, 0.5]))
    chart = Chart("c", PLAIN, PLAIN, (falling,), (Rule("low", 0.4), Rule("high", 9.1)))
    assert [chart.roomier_end(rule) for rule in chart.rules] == ["start", "end"]


def test_the_band_of_a_rule_that_reaches_below_zero_ends_with_a_logarithmic_axis() -> None:
    rule = Rule("floor", 0.5, 0.6)
    chart = Chart("c", PLAIN, Axis(log=True), (LINE,), (rule,))
    low, high = chart.band_of(rule)
    assert low == chart.limits()[1][0] > 0 and high == 1.1


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("diffviz.figures, diffviz.figures.palette", "plotly matplotlib torch"),
        # Streamlit itself imports plotly where it is installed: our own part is that of the renderer.
        ("diffviz.ui.shell, diffviz.ui.chart", "diffviz.figures.page diffviz.figures.paper matplotlib torch"),
    ],
)
def test_a_chart_loads_no_renderer_until_it_is_drawn(modules: str, absent: str) -> None:
    code = f"import sys, {modules}; print([m for m in {absent.split()} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip().splitlines()[-1] == "[]"
