"""The page of likelihood draws each view, every mixture, and both directions."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "link",
    [
        {"density.direction": "forward", "density.particles": "500"},
        {"view": "log-density", "log-density.score": "exact", "log-density.tolerance": "0.01"},
        {"view": "elbo", "elbo.steps": "10"},
        {"density.direction": "forward", "density.data": "grid", "density.schedule": "ve"},
    ],
    ids=["density", "log-density", "elbo", "narrow-data-on-ve"],
)
def test_every_view_draws(link):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.run()
    app.switch_page("pages/likelihood.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert not app.info and not app.error
