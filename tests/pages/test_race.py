"""The sampler race, run from the app's entry as a visitor would."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from diffviz.config import ConfigError
from diffviz.data import DATASETS
from diffviz.experiments import race
from diffviz.experiments.families import FAMILIES
from diffviz.experiments.sweep import MeasuredCell, SweepConfig
from diffviz.grids import GRIDS
from diffviz.metrics import METRICS
from diffviz.samplers import SAMPLERS
from diffviz.schedules import SCHEDULES
from diffviz.ui.notice import plain
from diffviz.ui.race import quality

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


@pytest.mark.parametrize("view", ["race", "quality", "order", "sde-ode", "steps"])
def test_where_a_plus_minus_stands_it_is_said_to_be_a_standard_error(view: str) -> None:
    app = _open(view=view, **({"race.split": "true"} if view == "race" else {}))
    assert not app.exception
    assert any("standard error" in caption.value for caption in app.caption)
    tables = sum("±" in text.value for text in app.markdown if text.value.startswith("| "))
    assert sum("standard error" in caption.value for caption in app.caption) >= tables


@pytest.mark.parametrize("grid", GRIDS)
def test_every_sampler_runs_on_every_grid_within_the_budget(grid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "SIZE", 100)  # calls are counted, not particles
    slugs = list(SAMPLERS)
    for start in range(0, len(slugs), 6):
        some = slugs[start : start + 6]
        panes = max(2, len(some))
        link = {f"race.pane{i + 1}": slug for i, slug in enumerate(some)}
        link |= {f"race.grid{i + 1}": grid for i in range(panes)}
        app = _open(race__panes=str(panes), race__nfe="12", data="ring", **link)
        assert not app.exception and not app.info
        rows = _table(app)[:-1]
        calls = {row[0].split(" · ")[0]: int(row[2]) for row in rows}
        for slug in some:
            assert (
                calls[SAMPLERS[slug].title] > 12 if SAMPLERS[slug].adaptive else 1 <= calls[SAMPLERS[slug].title] <= 12
            )


@pytest.mark.parametrize("slug", DATASETS)
def test_every_data_set_has_an_exact_score(slug: str) -> None:
    app = _open(data=slug, score="exact", race__panes="2", race__nfe="2")
    assert not app.exception and not app.info
    data = DATASETS[slug]()
    words = "closed form" if data.mixture is not None else "own density" if data.density is not None else "Empirical"
    assert any(words in c.value for c in app.caption)
    assert len(_table(app)) == 3


def test_other_data_train_their_own_network() -> None:
    app = _open(data="swiss-roll", race__panes="2", race__nfe="2", **{"data.swiss-roll.noise": "0.5"})
    assert not app.exception
    assert any("Trained here" in c.value for c in app.caption)


@pytest.mark.parametrize(
    ("slug", "budget", "calls", "said"),
    [
        ("dpmpp-2s", "5", "4", "Steps are whole: 4 calls for 2 of them, 6 for 3."),
        ("flow-rk4", "3", "4", "Steps are whole: even one makes 4 calls."),
        ("ddim", "5", "5", None),
        ("dpmpp-2s", "6", "6", None),
    ],
)
def test_a_sampler_that_cannot_make_the_calls_asked_for_says_why(
    slug: str, budget: str, calls: str, said: str | None
) -> None:
    app = _open(race__panes="2", race__nfe=budget, race__pane1=slug, race__pane2="dpm-1")
    assert next(row for row in _table(app) if row[0] == SAMPLERS[slug].title)[2] == calls
    assert [c.value for c in app.caption if c.value.startswith("Steps are whole")] == ([said] if said else [])


def test_without_equal_cost_every_pane_has_its_own_steps() -> None:
    app = _open(race__panes="2")
    app.selectbox(key="race.race.pace").set_value("own").run()
    app.slider(key="race.race.steps2").set_value(4).run()
    assert not app.exception
    assert {row[0]: (row[1], row[2]) for row in _table(app)[:-1]} == {"DDPM": ("10", "10"), "DDIM": ("4", "4")}


def test_equal_steps_may_cost_different_calls() -> None:
    rows = _table(_open(race__panes="2", race__pane1="ddim", race__pane2="dpm-3", race__pace="steps", race__steps="6"))[
        :-1
    ]
    assert {row[0]: (row[1], row[2]) for row in rows} == {"DDIM": ("6", "6"), "DPM-Solver-3": ("6", "18")}


def test_a_sampler_is_changed_in_its_pane_and_the_link_follows() -> None:
    app = _open(race__panes="2")
    app.selectbox(key="race.race.pane1").set_value("flow-heun").run()
    assert not app.exception
    row = next(row for row in _table(app) if row[0] == SAMPLERS["flow-heun"].title)
    assert row[1:3] == ["5", "10"]
    assert app.query_params["race.pane1"] in ("flow-heun", ["flow-heun"])


def test_a_change_of_one_pane_does_not_run_the_others_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffviz.ui.race import lanes

    run, ran = lanes.run_lane, []
    monkeypatch.setattr(
        lanes, "run_lane", lambda problem, lane, metric: (ran.append(lane), run(problem, lane, metric))[1]
    )
    app = _open(seed="71", race__panes="3", race__nfe="3")
    assert [lane.sampler.title for lane in ran] == ["DDPM", "DDIM", "DPM-Solver++ 2M"]
    app.selectbox(key="race.race.pane1").set_value("unipc-2").run()
    app.button_group(key="race.view").set_value("anatomy").run()
    app.button_group(key="race.view").set_value("race").run()
    assert [lane.sampler.title for lane in ran[3:]] == ["UniPC-2"] and len(_table(app)) == 4


@pytest.mark.parametrize(("view", "lines"), [("race", 3), ("order", 5)])  # a line a lane, a sampler
def test_what_stands_still_is_a_chart(view: str, lines: int) -> None:
    (drawn,) = _open(view=view).get("plotly_chart")
    assert len(json.loads(drawn.proto.spec)["data"]) == lines


def test_one_sampler_on_two_grids_is_told_apart() -> None:
    rows = _table(_open(race__panes="2", race__pane1="ddim", race__grid2="uniform"))[:-1]
    assert {row[0] for row in rows} == {"DDIM · Uniform log-SNR", "DDIM · Uniform t"}


def test_a_bad_link_opens_the_default_with_one_sentence() -> None:
    app = _open(race__pane1="magic", race__nfe="7000")
    assert not app.exception
    assert len(app.info) == 1 and app.info[0].value.endswith(". `")
    assert len(_table(app)) == 4


@pytest.mark.parametrize("slug", ["rk45", "dop853"])
def test_a_tolerance_that_no_answer_resolves_is_refused_with_one_sentence(slug: str) -> None:
    app = _open(data="ring", score="exact", **{"race__pane1": slug, f"race__pane1__{slug}__tolerance": "1e-12"})
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith(f"` The tolerance of {SAMPLERS[slug].title} must be at least 1.2e-07")


def _sweep_says(app: AppTest, words: str) -> str:
    """What stands under the chart of a sweep, once it has these words in it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = [told.value for told in (*app.caption, *app.error) if words in told.value]
        if found:
            return str(found[0])
        time.sleep(0.05)
        app.run()
    raise AssertionError([caption.value for caption in app.caption])


def test_a_sweep_goes_on_when_the_caches_are_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any visitor's browser can have them be: `clear_cache` is a message of Streamlit's own."""
    begun, gate = [], threading.Semaphore(0)

    def cells(config: SweepConfig) -> Iterator[MeasuredCell]:
        begun.append(config)
        for cell, repeat in config.plan[:4]:
            gate.acquire(timeout=60)
            yield MeasuredCell(cell, repeat, 2, 1.0)

    monkeypatch.setattr(quality, "sweep_cells", cells)
    app = _open(view="quality", data="ring", score="exact", quality__samplers="ddim")
    gate.release(2)
    _sweep_says(app, "2 of 48 cells")
    st.cache_resource.clear()
    st.cache_data.clear()
    gate.release(1)
    _sweep_says(app, "3 of 48 cells")
    assert len(begun) == 1
    gate.release(2)


def test_what_kept_cells_or_the_whole_sweep_from_being_measured_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def cells(config: SweepConfig) -> Iterator[MeasuredCell]:
        for cell, repeat in config.plan[:2]:
            yield MeasuredCell(cell, repeat, 2, math.nan, "There was no room.")
        raise ConfigError("The weights are damaged.")

    monkeypatch.setattr(quality, "sweep_cells", cells)
    app = _open(view="quality", data="ring", score="exact", quality__samplers="ddpm")
    _sweep_says(app, "The weights are damaged.")
    app.run()  # by now the cells before it stand there, too
    assert not app.exception and [w.value for w in app.warning] == [plain("There was no room.")]


VIEWS = ("race", "quality", "order", "anatomy", "sde-ode", "steps", "both-ways")


@pytest.mark.parametrize("data", ["swiss-roll", "ring"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_from_its_link_with_words_of_its_own(view: str, data: str) -> None:
    app = _open(view=view, data=data)
    assert not app.exception and not app.info and not app.error
    words = [m.value for m in app.markdown if m.value.startswith("#### What you see")]
    assert len(words) == 1
    app.button_group(key="race.view").set_value("order" if view == "race" else "race").run()
    assert not app.exception
    assert [m.value for m in app.markdown if m.value.startswith("#### What you see")] != words


def test_every_view_opens_from_every_other() -> None:
    app = _open(race__nfe="5")
    for view in VIEWS + VIEWS[::-1]:
        app.button_group(key="race.view").set_value(view).run()
        assert not app.exception and not app.error


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_exact_score_runs_on_every_schedule(schedule: str) -> None:
    app = _open(score="exact", data="ring", schedule=schedule, race__panes="2", race__nfe="20")
    assert not app.exception and not app.info
    assert len(_table(app)) == 3


@pytest.mark.parametrize("metric", METRICS)
def test_every_distance_ranks(metric: str) -> None:
    app = _open(metric=metric, race__panes="2", race__nfe="5")
    assert not app.exception
    rows = _table(app)
    assert "±" in rows[0][3] and "±" in rows[-1][3]


def test_modes_are_told_for_mixtures_only() -> None:
    rows = _table(_open(data="ring", race__panes="2"))
    assert all("of 8, shares off" in row[5] and row[5].count("±") == 2 for row in rows)
    assert rows[-1][5].startswith("8 of 8")  # real data found them all
    assert len(_table(_open(race__panes="2"))[0]) == 5


def test_the_error_is_split_on_demand() -> None:
    app = _open(data="ring", race__panes="2", race__split="true")
    assert not app.exception
    table = next(m.value for m in app.markdown if m.value.startswith("| sampler | model"))
    assert table.count("±") == 6


def test_the_times_of_every_step_can_be_seen() -> None:
    app = _open(race__panes="2", race__nfe="7")
    frames = [frame.value for frame in app.dataframe]
    assert [len(f) for f in frames] == [8, 8] and list(frames[0].columns) == ["t", "σ", "λ"]
    assert frames[0]["t"].is_monotonic_decreasing and frames[0]["λ"].is_monotonic_increasing


@pytest.mark.parametrize("view", ["order", "anatomy", "quality"])
def test_samplers_in_a_link_are_checked(view: str) -> None:
    app = _open(view=view, **{f"{view}.samplers": "ddim,magic"})
    assert not app.exception and len(app.info) == 1 and "magic" in app.info[0].value
    app = _open(view=view, **{f"{view}.samplers": "ddim,dpm-2"})
    assert not app.info and app.multiselect(key=f"race.{view}.samplers").value == ["ddim", "dpm-2"]


def test_no_room_on_a_grid_is_one_sentence() -> None:
    app = _open(race__grid1="trailing", race__panes="2", race__grid1__trailing__levels="10", race__nfe="50")
    assert not app.exception
    assert any("no room for 50 steps" in e.value for e in app.error)


def test_samplers_are_offered_by_family() -> None:
    families = [title.rsplit(" · ", 1)[1] for title in _open().selectbox(key="race.race.pane1").options]
    assert list(dict.fromkeys(families)) == [*FAMILIES] and families == sorted(families, key=[*FAMILIES].index)


def test_a_race_opens_with_its_ranking_folded_until_distances_are_shown_always() -> None:
    assert not next(e for e in _open().expander if e.label == "Ranking").proto.expanded
    shown = _open(race__distances="always")
    assert next(e for e in shown.expander if e.label == "Ranking").proto.expanded and not shown.info


def test_a_noisy_sampler_is_not_offered_a_way_back() -> None:
    titles = _open(view="both-ways").selectbox(key="race.both-ways.sampler").options
    assert "DDIM · One call a step" in titles and not any(title.startswith("DDPM") for title in titles)


@pytest.mark.parametrize("view", ["order", "both-ways"])
@pytest.mark.parametrize(("slug", "field"), [("ddim", "eta"), ("edm", "churn")])
def test_where_the_flow_is_followed_no_noise_is_offered(view: str, slug: str, field: str) -> None:
    choice = {"order": "samplers", "both-ways": "sampler"}[view]
    name = f"{view}.{choice}.{slug}.{field}"
    app = _open(view=view, **{f"{view}.{choice}": slug, name: "0.05"})
    assert not app.exception and not app.error and not app.warning
    assert len(app.info) == 1 and f"'{name}' is not a choice of this page" in app.info[0].value
    assert name not in app.query_params and f"race.{name}" not in {slider.key for slider in app.slider}


@pytest.mark.parametrize(("shares", "fine"), [("100-200-300-400-900", True), ("100-090", False), ("a-b", False)])
def test_dragged_steps_are_in_the_link(shares: str, fine: bool) -> None:
    app = _open(view="steps", steps__shares=shares)
    assert not app.exception and len(app.info) == (0 if fine else 1)
    assert (app.query_params.get("steps.shares") in (shares, [shares])) == fine


def test_the_order_of_a_solver_with_other_parameters_is_measured() -> None:
    app = _open(view="order", order__samplers="dpmpp-3m", **{"order.samplers.dpmpp-3m.halved": "true"})
    assert not app.exception and not app.info and not app.error
    assert app.toggle(key="race.order.samplers.dpmpp-3m.halved").value is True
    (drawn,) = app.get("plotly_chart")
    assert [line["name"].split(": ")[0] for line in json.loads(drawn.proto.spec)["data"]] == [
        "DPM-Solver++ 3M, halved, as in public code"
    ]


def test_a_briefly_trained_network_can_be_raced() -> None:
    app = _open(score="brief", race__panes="2", race__nfe="5")
    assert not app.exception and not app.info and len(_table(app)) == 3
    assert any("50 steps only" in caption.value for caption in app.caption)


def test_an_own_particle_keeps_its_place_in_the_link_and_a_bad_place_is_told_in_one_sentence() -> None:
    app = _open(race__own="true", race__at="0.5,-0.25", race__pane1="analytic", race__nfe="5")
    assert not app.exception and not app.info
    assert app.toggle(key="race.race.own").value
    assert (
        app.selectbox(key="race.race.distances").disabled and not _open().selectbox(key="race.race.distances").disabled
    )
    assert app.query_params["race.at"] in ("0.5,-0.25", ["0.5,-0.25"])
    app = _open(race__own="true", race__at="9,0")
    assert not app.exception and "between -2.7 and 2.7" in plain(app.info[0].value)
