"""Students run beside samplers: from the same noise, at counted calls, with what their training cost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from diffviz.config import ConfigError
from diffviz.data import Ring, SwissRoll
from diffviz.experiments.lane import Lane, ShippedMethod, StudentLane, lane_of, shipped_methods
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import LaneResult, RaceConfig, RaceResult, run_lane, run_race
from diffviz.experiments.sampling import SampleConfig, draw_samples
from diffviz.experiments.sweep import SweepConfig, run_sweep
from diffviz.figures import ranking
from diffviz.metrics import SlicedWasserstein
from diffviz.samplers import DDIM
from diffviz.scenes.race import compose
from diffviz.ui.race import quality, tables
from tests.commands.conftest import diffviz  # noqa: F401  a fixture
from tests.toy_student import ship

APP = str(Path(__file__).parents[2] / "app.py")
RING = Problem(Ring())


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShippedMethod:
    ship(tmp_path, monkeypatch)
    return ShippedMethod("toy", "ring")


def _lane(problem: Problem, lane: Lane | StudentLane) -> LaneResult:
    return run_lane(problem, lane, SlicedWasserstein())


@pytest.fixture
def race(shipped: ShippedMethod) -> RaceResult:
    return run_race(RaceConfig(RING, (Lane(DDIM(), steps=4), StudentLane(shipped, 4))))


def test_a_student_that_is_its_teacher_runs_as_the_sampler_that_it_uses(race: RaceResult) -> None:
    sampler, student = race.lanes
    np.testing.assert_array_equal(sampler.x, student.x)
    assert student.nfe == 4 and (sampler.trained, student.trained) == (None, 12.3)


def test_it_makes_the_most_calls_that_it_has_learned_and_may_make(shipped: ShippedMethod) -> None:
    assert [shipped.steps_for(nfe) for nfe in (1, 2, 3, 4, 100)] == [1, 2, 2, 4, 4]
    with pytest.raises(ConfigError, match="not learned"):
        _lane(RING, StudentLane(shipped, 3))


def test_it_runs_for_its_own_data_alone(shipped: ShippedMethod) -> None:
    assert shipped_methods(Ring()) == {"toy": shipped}
    assert shipped_methods(SwissRoll(noise=0.2)) == shipped_methods(SwissRoll()) == {}
    with pytest.raises(ConfigError, match="other data"):
        _lane(Problem(SwissRoll()), StudentLane(shipped, 4))
    with pytest.raises(ConfigError, match="no student by 'toy'"):
        ShippedMethod("toy", "moons").steps_for(4)
    with pytest.raises(ConfigError, match="method must be one of"):
        ShippedMethod("nothing", "ring")


def test_what_its_training_cost_is_named_wherever_it_is_ranked(race: RaceResult) -> None:
    notes = [pane.note for pane in compose(race).panes]
    assert "trained in 12 CPU s" in notes[1] and "trained" not in notes[0] and "Uniform log-SNR" in notes[0]
    table = tables.ranking(race)
    assert "| trained in |" in table.splitlines()[0] and table.count("12 CPU s") == 1
    assert {row.count("|") for row in table.splitlines()} == {8}
    assert ranking.compose(race).y.categories in (("DDIM", "Toy"), ("Toy", "DDIM"))


def test_samples_can_be_drawn_and_swept(shipped: ShippedMethod) -> None:
    drawn = draw_samples(SampleConfig(RING, StudentLane(shipped, 2), 10))
    assert drawn.samples.shape == (10, 2) and drawn.nfe == 2
    result = run_sweep(SweepConfig(RING, (DDIM(), shipped), soon=(1, 2, 3, 4), later=(10,)))
    sampler, student = result.series
    assert sampler.nfe.tolist() == [1, 2, 3, 4, 10] and student.nfe.tolist() == [1, 2, 4] and not result.faults
    np.testing.assert_array_equal(student.mean, sampler.mean[[0, 1, 3]])
    assert lane_of(shipped, RaceConfig().lanes[0].grid, 2, RING.source) == StudentLane(shipped, 2)  # type: ignore[union-attr]


def test_the_command_line_compares_and_sweeps_them_by_the_name_of_the_method(diffviz) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    status, out, err = diffviz("compare", "ddim", "toy", "--data", "ring", "--nfe", "5", "--json")
    assert (status, err) == (0, "")
    rows = {row["sampler"]: row for row in json.loads(out)["ranking"]}
    assert (rows["Toy"]["nfe"], rows["Toy"]["training_seconds"], rows["Toy"]["grid"]) == (4, 12.3, None)
    assert rows["DDIM"]["training_seconds"] is None and rows["DDIM"]["nfe"] == 5
    assert "trained in" in diffviz("compare", "ddim", "toy", "--data", "ring", "--nfe", "4").out
    assert "Toy" in diffviz("sweep", "ddim", "toy", "--data", "ring", "--budgets", "2,4").out
    assert "no student by 'toy'" in diffviz("compare", "ddim", "toy", "--data", "moons").err


def test_the_race_offers_them_where_one_ships() -> None:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in {"data": "ring", "race.panes": "2", "race.nfe": "5", "race.pane1": "toy"}.items():
        app.query_params[name] = value
    app.switch_page("pages/race.py").run()
    assert not app.exception and not app.info and not app.error
    assert "Toy" in app.selectbox(key="race.race.pane2").options
    keys = {box.key for box in app.selectbox}
    assert "race.race.grid2" in keys and "race.race.grid1" not in keys
    assert any("It has learned to make 1 or 2 or 4 calls." in caption.value for caption in app.caption)
    assert any("12 CPU s" in text.value for text in app.markdown)
    app.selectbox(key="race.data").set_value("moons").run()
    assert not app.exception and not app.error
    assert "Toy" not in app.selectbox(key="race.race.pane2").options


def test_quality_and_cost_offers_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "sweep_cells", lambda config: iter(()))  # what is measured is tested above
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in {"view": "quality", "data": "ring", "quality.samplers": "ddim,toy"}.items():
        app.query_params[name] = value
    app.switch_page("pages/race.py").run()
    assert not app.exception and not app.info and not app.error
    app.selectbox(key="race.data").set_value("moons").run()
    assert not app.exception and not app.error
