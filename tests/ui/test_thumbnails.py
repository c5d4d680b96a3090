"""A choice of data sets shows them; any other choice stays as it is."""

from __future__ import annotations

import re
from urllib.parse import unquote

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from diffviz.data import DATASETS
from diffviz.ui.thumbnails import POINTS, SIDE, picture


def dots(marks: str) -> np.ndarray:
    return np.array(re.findall(r"M(\d+) (\d+)h0", marks), dtype=float)


@pytest.mark.parametrize("slug", DATASETS)
def test_a_picture_is_the_data_set_itself(slug: str) -> None:
    found, points = dots(picture(DATASETS[slug]())), DATASETS[slug]().draw(POINTS, seed=0)
    assert found.shape == (POINTS, 2) and found.min() >= 0 and found.max() <= SIDE
    for k, sign in ((0, 1), (1, -1)):  # y goes downwards
        assert np.corrcoef(found[:, k], sign * points[:, k])[0, 1] > 0.999


def test_each_option_has_its_own_picture_and_the_closed_list_that_of_what_is_chosen() -> None:
    def script() -> None:
        from diffviz.config import Choice
        from diffviz.data import DATASETS
        from diffviz.samplers import SAMPLERS
        from diffviz.ui.form import Form
        from diffviz.ui.state import Choices

        form = Form(Choices("demo"))
        form.choose("Sampler", SAMPLERS, "sampler", "ddpm")
        form.option(
            "data", "moons", Choice({"drawn": "Draw", "ring": "Ring", "moons": "Moons"}, "Data", kinds=DATASETS)
        )

    app = AppTest.from_function(script).run()
    assert not app.exception
    (sheet,) = [element.value for element in app.markdown if element.value.startswith("<style>")]
    rules = re.findall(r"([^\n{}]+) \{ --picture: url\(\"data:image/svg\+xml,(.*?)\"\); \}", sheet)
    assert [re.findall(r'data-key="(\d)"', place) for place, _ in rules] == [["0"], ["1"], ["2"], []]
    drawn = [unquote(picture) for _, picture in rules]
    assert picture(DATASETS["ring"]()) in drawn[1] and picture(DATASETS["moons"]()) in drawn[2] == drawn[3]
