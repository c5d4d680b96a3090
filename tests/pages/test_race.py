"""The sampler race, run from the app's entry as a visitor would."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.data import DATASETS
from diffviz.grids import GRIDS
from diffviz.samplers import SAMPLERS
from diffviz.samplers.black_box import BlackBox

APP = str(Path(__file__).parents[2] / "app.py")


def _open(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in link.items():
        app.query_params[name.replace("__", ".")] = value
    return app.switch_page("pages/race.py").run()


def _table(app: AppTest) -> list[list[str]]:
    """The ranking's cells, without its head."""
    text = next(m.value for m in app.markdown if m.value.startswith("| sampler"))
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines()[2:]]


def test_opens_with_three_samplers_at_ten_calls_ranked_against_real_data() -> None:
    app = _open()
    assert not app.exception
    rows = _table(app)
    assert {row[0] for row in rows[:-1]} == {"DDPM", "DDIM", "DPM-Solver++ 2M"}
    assert [row[2] for row in rows[:-1]] == ["10"] * 3
    assert rows[-1][0] == "*real data*" and "±" in rows[-1][3]


@pytest.mark.parametrize("grid", GRIDS)
def test_every_sampler_runs_on_every_grid_within_the_budget(grid: str) -> None:
    slugs = list(SAMPLERS)
    for start in range(0, len(slugs), 6):
        some = slugs[start : start + 6]
        panes = max(2, len(some))
        link = {f"pane{i + 1}": slug for i, slug in enumerate(some)} | {f"grid{i + 1}": grid for i in range(panes)}
        app = _open(panes=str(panes), nfe="12", data="ring", **link)
        assert not app.exception and not app.info
        rows = _table(app)[:-1]
        calls = {row[0].split(" · ")[0]: int(row[2]) for row in rows}
        for slug in some:
            adaptive = issubclass(SAMPLERS[slug], BlackBox)
            assert calls[SAMPLERS[slug].title] > 12 if adaptive else 1 <= calls[SAMPLERS[slug].title] <= 12


@pytest.mark.parametrize("slug", DATASETS)
def test_every_data_set_has_an_exact_score(slug: str) -> None:
    app = _open(data=slug, score="exact", panes="2", nfe="2")
    assert not app.exception and not app.info
    assert any(("closed form" in c.value) == (DATASETS[slug]().mixture is not None) for c in app.caption)
    assert len(_table(app)) == 3


def test_other_data_train_their_own_network() -> None:
    app = _open(data="moons", panes="2", nfe="2")
    assert not app.exception
    assert any("Trained here" in c.value for c in app.caption)


def test_without_equal_cost_every_pane_has_its_own_steps() -> None:
    app = _open(panes="2")
    app.toggle(key="race.equal").set_value(False).run()
    app.slider(key="race.steps2").set_value(4).run()
    assert not app.exception
    assert {row[0]: (row[1], row[2]) for row in _table(app)[:-1]} == {"DDPM": ("10", "10"), "DDIM": ("4", "4")}


def test_a_sampler_is_changed_in_its_pane_and_the_link_follows() -> None:
    app = _open(panes="2")
    app.selectbox(key="race.pane1").set_value("flow-heun").run()
    assert not app.exception
    row = next(row for row in _table(app) if row[0] == SAMPLERS["flow-heun"].title)
    assert row[1:3] == ["5", "10"]
    assert app.query_params["pane1"] in ("flow-heun", ["flow-heun"])


def test_one_sampler_on_two_grids_is_told_apart() -> None:
    rows = _table(_open(panes="2", pane1="ddim", grid2="uniform"))[:-1]
    assert {row[0] for row in rows} == {"DDIM · Uniform log-SNR", "DDIM · Uniform t"}


def test_a_bad_link_opens_the_default_with_one_sentence() -> None:
    app = _open(pane1="magic", nfe="7000")
    assert not app.exception
    assert len(app.info) == 1 and app.info[0].value.endswith(".")
    assert len(_table(app)) == 4
