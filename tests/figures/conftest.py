"""A chart of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.figures import Axis, Chart, Heat, Rule, Series

CALLS = np.array([2, 5, 10, 20, 50])


def _lines() -> Chart:
    many = tuple(
        Series(f"Sampler {k}", CALLS, (1.0 + k) / CALLS, np.full(5, 0.01 * (k + 1))) for k in range(8)
    )  # as many as there are colours
    return Chart(
        "Distance over calls",
        Axis("network calls", log=True, limits=(1.8, 60.0)),
        Axis("Sliced Wasserstein-2", log=True),
        many,
        (Rule("real against real", 0.05, 0.01), Rule("wanted", 0.1)),
        caption="Bars: standard errors.",
    )


def _band() -> Chart:
    t = np.linspace(0, 1, 20)
    error = np.where(t < 0.9, t**2, np.nan)
    return Chart(
        "Error", Axis("t"), Axis("error"), (Series("mean", t, error, band=(error - 0.1, error + 0.1), marker=None),)
    )


def _ranking() -> Chart:
    names = ("DPM-Solver++ 2M", "DDIM", "Euler–Maruyama · diverged")
    dots = Series("distance", np.array([0.07, 0.17, np.inf]), np.arange(3), np.array([0.01, 0.02, 0.0]), dash=None)
    rule = Rule("real against real", 0.056, 0.003)
    return Chart("Ranking", Axis("Sliced Wasserstein-2", log=True), Axis(categories=names), (dots,), (rule,))


def _matrix() -> Chart:
    values = np.array([[31.9, 21.42, 1000.25], [27.1, 13.8, 47.0]])
    heat = Heat("MNIST-Fréchet", values, np.stack([values - 5, values + 5], axis=-1), log=True)
    return Chart("Table", Axis("S", categories=("10", "20", "1,000")), Axis("η", categories=("0", "σ̂")), heat=heat)


KINDS = {"lines": _lines, "band": _band, "ranking": _ranking, "matrix": _matrix}


@pytest.fixture(params=KINDS)
def chart(request: pytest.FixtureRequest) -> Chart:
    """Each in turn."""
    return KINDS[request.param]()


@pytest.fixture
def lines() -> Chart:
    """Eight lines with bars, two rules, both axes logarithmic."""
    return _lines()


@pytest.fixture
def band() -> Chart:
    """One line with a gap and a band."""
    return _band()


@pytest.fixture
def ranking() -> Chart:
    """Dots with bars along x, one of them nowhere, and a rule with a band."""
    return _ranking()


@pytest.fixture
def matrix() -> Chart:
    """Two by three cells with intervals."""
    return _matrix()
