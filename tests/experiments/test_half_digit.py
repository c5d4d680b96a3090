"""Half a digit: what is written becomes pixels, one half of which is kept."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.experiments.digits.half_digit import HALVES, SIDE, HalfDigitConfig, complete_half, ink_of


def pixels(*points: tuple[float, float]) -> np.ndarray:
    return np.frombuffer(ink_of(np.array(points), 3.0), np.uint8).reshape(SIDE, SIDE)


def test_a_dot_becomes_ink_where_it_stands() -> None:
    one = 6 / SIDE
    found = pixels((-3 + 4.5 * one, 3 - 2.5 * one))  # row 2, column 4, from the top left
    assert found[2, 4] == 255 and not found[8:].any() and not found[:, 10:].any()


def test_the_halves_are_what_they_are_called_and_make_a_whole() -> None:
    known = {slug: mask.known.numpy() for slug, (_, mask) in HALVES.items()}
    assert known["upper"][0].all() and known["left"][:, 0].all()
    for one, other in (("upper", "lower"), ("left", "right")):
        assert (known[one] + known[other] == 1).all() and known[one].sum() == SIDE**2 / 2


def test_an_empty_half_and_a_wrong_size_are_refused() -> None:
    with pytest.raises(ConfigError, match="lower half is empty"):
        complete_half(HalfDigitConfig(ink_of(np.array([[0.0, 2.0]]), 3.0), half="lower"))
    with pytest.raises(ConfigError, match="784 pixels, got 3"):
        HalfDigitConfig(b"abc")
