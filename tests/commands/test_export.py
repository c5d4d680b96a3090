"""`diffviz export` writes scenes and charts, under the ending that says what."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from diffviz.data import Ring
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import RaceConfig, RaceResult, run_race
from diffviz.player import html
from diffviz.scenes import race as race_scene
from tests.commands.conftest import Diffviz

RACE = ("export", "race")
SETTINGS = ("--set", "problem.dataset=ring", "--set", "problem.seed=3")


@pytest.fixture(scope="module")
def race() -> RaceResult:
    return run_race(RaceConfig(Problem(Ring(), seed=3)))


def test_a_scene_is_the_offline_page_of_the_experiment(diffviz: Diffviz, tmp_path: Path, race: RaceResult) -> None:
    path = tmp_path / "race.html"
    assert diffviz(*RACE, path, *SETTINGS) == (0, f"wrote {path}\n", "")
    assert path.read_text(encoding="utf-8") == html(race_scene.compose(race))


def test_the_values_of_a_chart_are_those_of_the_experiment(diffviz: Diffviz, tmp_path: Path, race: RaceResult) -> None:
    path = tmp_path / "race.csv"
    assert diffviz(*RACE, path, *SETTINGS).status == 0
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    written = {float(cell) for row in rows for cell in row if cell.replace(".", "", 1).isdigit()}
    for lane in race.lanes:
        assert any(lane.lane.title in row[k] for row in rows for k in range(len(row)))
        assert any(value == pytest.approx(lane.distance, rel=1e-5) for value in written)


def test_a_chart_in_print(diffviz: Diffviz, tmp_path: Path) -> None:
    for ending in ("svg", "pdf", "png"):
        status, out, err = diffviz(*RACE, tmp_path / f"race.{ending}", *SETTINGS, "--chart")
        assert (status, out, err) == (0, f"wrote {tmp_path / 'race'}.{ending}\n", "")
    assert ET.fromstring((tmp_path / "race.svg").read_text(encoding="utf-8")).tag.endswith("svg")
    assert (tmp_path / "race.pdf").read_bytes().startswith(b"%PDF-")
    with Image.open(tmp_path / "race.png") as picture:
        assert picture.format == "PNG" and picture.info["dpi"] == pytest.approx((300, 300), abs=1)
        narrow = picture.width
    diffviz(*RACE, tmp_path / "wide.png", *SETTINGS, "--chart", "--wide")
    with Image.open(tmp_path / "wide.png") as picture:
        assert picture.width > 1.5 * narrow


def test_as_json(diffviz: Diffviz, tmp_path: Path, race: RaceResult) -> None:
    path = tmp_path / "race.svg"
    told = json.loads(diffviz(*RACE, path, *SETTINGS, "--json").out)
    assert told == {
        "experiment": "race",
        "path": str(path),
        "bytes": path.stat().st_size,
        "config": repr(race.config),
    }
