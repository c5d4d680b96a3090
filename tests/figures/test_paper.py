"""Charts in print: the size and type of a paper, the same bytes each time, and nothing of matplotlib left changed."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from PIL import Image

from diffviz.figures import Axis, Chart, Series
from diffviz.figures import paper as printer
from diffviz.figures.paper import DPI, INCHES, render


@pytest.mark.parametrize("width", INCHES)
def test_a_png_has_300_dots_an_inch_and_the_width_of_a_column_or_a_page(chart: Chart, width: Any) -> None:
    picture = Image.open(io.BytesIO(render(chart, "png", width)))
    assert picture.width == round(INCHES[width] * DPI) and picture.height < 4.2 * DPI
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert np.asarray(picture.convert("L")).min() < 100  # there is ink


def test_a_pdf_embeds_its_fonts(chart: Chart) -> None:
    data = render(chart, "pdf")
    assert data.startswith(b"%PDF")
    assert b"/FontFile2" in data and b"/Type3" not in data and b"STIXGeneral" in data


def test_an_svg_stands_alone(chart: Chart) -> None:
    text = render(chart, "svg").decode()
    assert text.startswith("<?xml") and "<svg" in text and "font-family" not in text
    assert f'width="{72 * INCHES["column"]:g}pt"' in text


@pytest.mark.parametrize("format", ["pdf", "svg", "png"])
def test_the_same_chart_gives_the_same_bytes_and_leaves_the_style_alone(lines: Chart, format: Any) -> None:
    before = dict(matplotlib.rcParams)
    assert render(lines, format) == render(lines, format)
    assert dict(matplotlib.rcParams) == before


def test_what_is_printed_is_what_was_given(lines: Chart, ranking: Chart) -> None:
    axes = _axes(lines)
    drawn = {tuple(line.get_xydata().ravel()) for line in axes.get_lines()}
    for s in lines.series:
        assert tuple(np.stack([s.x, s.y], axis=1).astype(float).ravel()) in drawn
    bars = [c.get_segments() for c in axes.collections if isinstance(c, LineCollection)]
    for s, segments in zip(lines.series, bars, strict=True):
        assert s.bars is not None
        ends = np.array(segments)[:, :, 1]
        np.testing.assert_allclose(ends, np.stack([s.y - s.bars, s.y + s.bars], axis=1))
    assert axes.get_xlim() == (1.8, 60.0) and axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_xlabel() == "network calls"
    names = [text.get_text() for text in _axes(ranking).get_yticklabels()]
    assert names == list(ranking.y.categories) and _axes(ranking).yaxis_inverted()


def test_type_is_of_seven_to_nine_points(chart: Chart) -> None:
    with matplotlib.rc_context(printer.STYLE):
        figure = printer._figure(chart, "page")
        FigureCanvasAgg(figure).draw()
    texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text()]
    assert texts and all(6 < text.get_fontsize() <= 9 for text in texts)
    assert {text.get_fontfamily()[0] for text in texts} == {"STIXGeneral"}


def test_powers_and_hats_are_set_as_mathematics(matrix: Chart) -> None:
    assert [text.get_text() for text in _axes(matrix).get_yticklabels()] == ["η = 0", r"η = $\hat{σ}$"]
    small = Chart("c", Axis("n"), Axis("error", log=True), (Series("a", np.arange(1, 4), np.array([1e-7, 1e-4, 0.1])),))
    assert "$10^{-6}$" in [text.get_text() for text in _axes(small).get_yticklabels()]


@pytest.mark.parametrize(("format", "width"), [("gif", "column"), ("pdf", "poster")])
def test_another_format_or_width_is_refused_with_one_sentence(lines: Chart, format: Any, width: Any) -> None:
    with pytest.raises(ValueError, match=r"^A chart is printed as pdf, svg or png.*\.$"):
        render(lines, format, width)


def test_pyplot_is_never_imported() -> None:
    code = (
        "import sys, numpy as np; from diffviz.figures import Axis, Chart, Series;"
        "from diffviz.figures.paper import render;"
        "n = np.arange(3.0);"
        "[render(Chart('c', Axis('x'), Axis('y'), (Series('a', n, n),)), f) for f in ('pdf', 'svg', 'png')];"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["True", "False"]


def _axes(chart: Chart) -> Any:
    with matplotlib.rc_context(printer.STYLE):
        figure = printer._figure(chart, "column")
        FigureCanvasAgg(figure).draw()
    return figure.axes[0]
