"""The training page: every choice draws, a run can be started, paused, resumed and reset, bad files are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from diffviz.config import ConfigError
from diffviz.data import DATASETS
from diffviz.experiments.lane import Lane
from diffviz.experiments.own_network import OwnNetwork
from diffviz.locations import ASSETS
from diffviz.objectives import TARGETS, TIME_SAMPLERS, WEIGHTINGS
from diffviz.runs.registry import RUNS
from diffviz.runs.run import TrainingRun
from diffviz.runs.snapshot import Status
from diffviz.source_code import script
from diffviz.ui import live, own_network
from diffviz.ui.notice import plain
from tests.page import fine, open_page, words

APP = str(Path(__file__).parents[2] / "app.py")


def opened(**link: str) -> AppTest:
    """The page, opened by a link."""
    return fine(open_page("train", **link))


def press(app: AppTest, name: str) -> AppTest:
    return fine(app.button(key=f"train:{name}").click().run())


def run_of(app: AppTest) -> TrainingRun:
    """The run of the page, once it has been looked at in the worker."""
    run = RUNS.adopt(app.session_state["train:run"])
    assert run is not None and run.wait(lambda: run.latest is not None, 60)
    return run


@pytest.fixture
def started() -> Iterator[AppTest]:
    app = press(opened(), "start")
    yield app
    if "train:run" in app.session_state:
        RUNS.drop(app.session_state["train:run"])


@pytest.mark.parametrize("data", DATASETS)
def test_every_data_set_is_seen_before_start(data: str) -> None:
    app = opened(data=data)
    assert app.selectbox(key="train.data").value == data and "Untrained" in words(app)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target(target: str) -> None:
    assert opened(target=target).selectbox(key="train.target").value == target


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_every_weighting(weighting: str) -> None:
    assert opened(weighting=weighting).selectbox(key="train.weighting").value == weighting


@pytest.mark.parametrize("times", TIME_SAMPLERS)
def test_every_density_of_times(times: str) -> None:
    assert opened(times=times).selectbox(key="train.times").value == times


def test_run_starts_pauses_resumes_and_resets(started: AppTest) -> None:
    run = run_of(started)
    assert "step" in words(fine(started.run()))
    press(started, "pause")
    assert run.status is Status.PAUSED and run.latest is not None
    step = run.latest.progress.step
    assert f"step {step:,} of" in words(started)
    press(started, "resume")
    assert run.wait(lambda: run.latest is not None and run.latest.progress.step > step, 60)
    press(started, "reset")
    assert run.wait(lambda: run.status is Status.STOPPED, 60)
    assert "Untrained" in words(started) and "run" not in started.query_params


def test_finished_run_offers_a_new_start_and_its_replay() -> None:
    app = press(opened(steps="100"), "start")
    run = run_of(app)
    assert run.wait(lambda: run.status is Status.FINISHED, 60)
    fine(app.run())
    assert "Finished" in words(app) and app.button(key="train:start") and app.toggle(key="train:replay")
    press(app, "start")
    assert app.session_state["train:run"] != run.id
    press(app, "reset")


def test_run_that_breaks_says_why() -> None:
    app = opened(steps="100")
    press(app, "start")
    run = run_of(app)
    run.stop()
    run.join(60)
    run.reason = "The loss is not finite at step 7; the weights of step 6 are kept. Try a lower learning rate."
    fine(app.run())
    assert [f"` {run.reason} `"] == [warning.value for warning in app.warning]
    press(app, "reset")


def test_training_that_is_refused_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "This training would take about 9.2 GB of memory, and 2.0 GB are free."

    def refuse(*_: object, **__: object) -> None:
        raise ConfigError(sentence)

    monkeypatch.setattr("diffviz.runs.run.training_steps", refuse)
    app = press(opened(), "start")
    run = RUNS.adopt(app.session_state["train:run"])
    assert run is not None
    run.join(60)
    fine(app.run())
    assert [warning.value for warning in app.warning] == [plain(sentence)]
    assert "Failed" in words(app) and "Starting" not in words(app)
    press(app, "reset")


def test_paused_run_is_replayed_and_its_field_moves(started: AppTest) -> None:
    run_of(started)
    press(started, "pause")
    fine(started.slider(key="train.at").set_value(0.8).run())
    fine(started.toggle(key="train:replay").set_value(True).run())
    assert "Paused" in words(started)


def test_run_outlives_a_change_of_page(started: AppTest) -> None:
    run = run_of(started)
    fine(started.switch_page("pages/home.py").run())
    assert not run.status.ended
    fine(started.switch_page("pages/train.py").run())
    assert started.session_state["train:run"] == run.id and started.button(key="train:pause")


def test_reload_adopts_the_run_of_the_address(started: AppTest) -> None:
    run = run_of(started)
    assert run.id in started.query_params["run"]
    again = opened(run=run.id)
    assert again.session_state["train:run"] == run.id and "step" in words(again)


def test_forgotten_run_opens_the_page_as_new_and_says_what_is_lost() -> None:
    app = opened(run="no-such-run", seed="3")
    assert "Untrained" in words(app) and [note.value for note in app.info] == [plain(live.GONE)]
    assert "run" not in app.query_params and app.query_params["seed"] in ("3", ["3"])
    assert not fine(app.run()).info


def test_run_that_ended_elsewhere_is_told(started: AppTest) -> None:
    RUNS.drop(run_of(started).id)
    fine(started.run())
    assert "Untrained" in words(started) and [note.value for note in started.info] == [plain(live.GONE)]


def test_run_of_one_page_is_left_alone_by_the_other(started: AppTest) -> None:
    run = run_of(started)
    other = AppTest.from_file(APP, default_timeout=120)
    other.query_params.update(run=run.id, view="learn", **{"learn.data": "digits"})
    fine(other.switch_page("pages/digits.py").run())
    assert [note.value for note in other.info] == [plain(live.ELSEWHERE)] and "digits:run" not in other.session_state
    assert "run" not in other.query_params
    fine(other.button(key="digits:start").click().run())
    theirs = other.session_state["digits:run"]
    try:
        here = opened(run=theirs)
        assert [note.value for note in here.info] == [plain(live.ELSEWHERE)] and "train:run" not in here.session_state
        assert not run.status.ended and RUNS.adopt(theirs) is not None and RUNS.adopt(run.id) is run
    finally:
        RUNS.drop(theirs)


def test_changed_choices_are_told_while_a_run_holds_others(started: AppTest) -> None:
    run_of(started)
    fine(started.selectbox(key="train.target").set_value("eps").run())
    assert "choices have changed" in words(started)


def test_changed_choices_are_trained_with_beside_pause(started: AppTest) -> None:
    run = run_of(started)
    assert "train:restart" not in [button.key for button in started.button]  # nothing to restart with yet
    fine(started.selectbox(key="train.target").set_value("eps").run())
    assert started.button(key="train:pause")
    press(started, "restart")
    again = run_of(started)
    assert again is not run and again.settings.objective.target == "eps"
    assert run.wait(lambda: run.status is Status.STOPPED, 60)
    assert "train:restart" not in [button.key for button in started.button]


def test_time_of_the_field_is_chosen_only_where_it_shows() -> None:
    app = opened(steps="100", at="0.8")
    assert app.slider(key="train.at").disabled and app.slider(key="train.at").value == 0.8
    press(app, "start")
    assert not app.slider(key="train.at").disabled and app.slider(key="train.at").value == 0.8
    press(app, "reset")
    assert app.slider(key="train.at").disabled


def test_nothing_drawn_yet_cannot_be_trained_on() -> None:
    app = opened(data="drawn")
    assert app.button(key="train:start").disabled and "Draw a shape" in words(app)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [(b"1,2\n3,x\n", "Row 2, column 2 is not a number: 'x'."), (b"1,2\n3,4\n", "Between 16 and 20,000 points")],
)
def test_bad_file_is_told_where_it_was_chosen(file: bytes, sentence: str) -> None:
    app = opened(data="csv")
    app.session_state["train:csv"] = file
    fine(app.run())
    assert len(app.error) == 1 and sentence in app.error[0].value
    assert app.button(key="train:start").disabled


def test_file_is_trained_on() -> None:
    app = opened(data="csv")
    app.session_state["train:csv"] = "\n".join(f"{i % 7},{i % 5}" for i in range(50)).encode()
    press(fine(app.run()), "start")
    run = run_of(app)
    assert "sha256" in run.observe.evaluator.problem.data.id  # type: ignore[union-attr]
    press(app, "reset")


@pytest.fixture
def rested(started: AppTest) -> AppTest:
    """The page with a run that has been paused."""
    assert run_of(started).wait(lambda: run_of(started).latest.progress.step > 20, 60)
    return press(started, "pause")


def test_a_network_that_rests_plays_its_sampling(rested: AppTest) -> None:
    app = fine(rested.toggle(key="train:sampling").set_value(True).run())
    assert app.toggle(key="train:replay").value is False and not app.error
    app = fine(app.toggle(key="train:replay").set_value(True).run())
    assert app.toggle(key="train:sampling").disabled


def test_a_trained_network_is_raced_on_its_data_with_its_own_file_as_its_source(rested: AppTest) -> None:
    step = run_of(rested).latest.progress.step
    app = press(rested, "race")
    assert app.selectbox(key="race.score").value == "own"
    assert f"Your network, {step:,} steps on Swiss roll." in [caption.value for caption in app.caption]
    assert any(text.value.startswith("| sampler") for text in app.markdown) and not app.info


def recipe(lane: Lane) -> None:
    """A lane."""
    print(lane.title)


def test_a_saved_network_is_opened_again(rested: AppTest) -> None:
    run = run_of(rested)
    saved = own_network.checkpoint(run, "swiss roll")
    network = OwnNetwork.opened(saved)
    assert network.steps == run.latest.progress.step and network.schedule == run.settings.schedule
    assert "source=OwnNetwork()" in script(recipe, Lane(source=network))  # which reads the file by this name
    assert repr(network) == repr(OwnNetwork.opened(saved, "something else")) and network.sha256 in repr(network)
    x = torch.zeros(3, 2)
    assert torch.equal(network.model.predict(x, 0.5).x0, run.model().predict(x, 0.5).x0)
    app = fine(
        rested.file_uploader(key="train:network").set_value(("n.safetensors", saved, "application/octet-stream")).run()
    )
    assert any("your network" in caption.value for caption in app.caption)
    app = press(app, "race-opened")
    assert app.selectbox(key="race.score").value == "own" and not app.info


def test_a_file_that_is_no_network_is_told_in_a_sentence() -> None:
    app = opened()
    for content in (b"", b"\x80\x04pickle", b"{}" * 50):
        app = fine(app.file_uploader(key="train:network").set_value(("n.safetensors", content, "")).run())
        assert len(app.error) == 1 and app.error[0].value.endswith(". `")
    with pytest.raises(ConfigError, match="1 × 28 × 28 numbers; here points have two"):
        OwnNetwork.opened((ASSETS / "mnist" / "early-0.safetensors").read_bytes(), "digits")


def test_a_link_to_a_race_of_one_s_own_network_says_that_it_does_not_hold_it() -> None:
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["score"] = "own"
    app.switch_page("pages/race.py").run()
    assert not app.exception and len(app.info) == 1 and "a link holds none" in app.info[0].value


def test_drawn_points_go_along_to_the_race() -> None:
    app = AppTest.from_file(APP, default_timeout=60)
    angle = np.linspace(0, 6, 60)
    app.session_state["race:drawn"] = np.stack([np.cos(angle), np.sin(angle)], 1)
    app.query_params["data"] = "drawn"
    app.query_params["score"] = "exact"
    app.switch_page("pages/race.py").run()
    assert not app.exception and not app.error
    assert any("Empirical: exact for" in caption.value for caption in app.caption)
