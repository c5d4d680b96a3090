"""A scene as GIF or PNG: recorded in a browser, or one sentence that says it needs one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from diffviz import notebook
from diffviz.commands.record import NAMES, find_chromium, record
from diffviz.config import ConfigError
from diffviz.player import Pane, Points, Scene
from tests.commands.conftest import Diffviz

MOVING = Scene([Pane([Points(np.linspace([[-2.0, -2.0]], [[2.0, 2.0]], 5), size=12.0)])], seconds=0.4)


@pytest.fixture
def chromium() -> str:
    try:
        return find_chromium()
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.mark.browser
def test_a_picture_shows_the_clock_where_it_was_set(chromium: str, tmp_path: Path) -> None:
    pictures = []
    for position in (0.0, 0.5, 1.0):
        path = tmp_path / f"{position}.png"
        record(MOVING, path, position)
        with Image.open(path) as picture:
            pictures.append(picture.convert("RGB"))
    # The one dot goes from the lower left to the upper right: what two pictures differ in lies where it was and is.
    first, middle, last = pictures
    width, height = first.size
    left, top, right, bottom = ImageChops.difference(first, last).getbbox() or (0, 0, 0, 0)
    assert left < 0.3 * width and right > 0.7 * width and top < 0.4 * height and bottom > 0.6 * height
    assert ImageChops.difference(first, middle).getbbox() and ImageChops.difference(middle, last).getbbox()


@pytest.mark.browser
def test_nothing_covers_a_scene_that_is_higher_than_a_screen(chromium: str, tmp_path: Path) -> None:
    path = tmp_path / "high.png"
    record(Scene([MOVING.panes[0]] * 3, columns=1), path)
    with Image.open(path) as picture:
        third = picture.height // 3
        rows = [picture.convert("L").crop((0, k * third, picture.width, (k + 1) * third)) for k in range(3)]
    assert third > 400
    # The same pane three times: as much ink in each, whatever pixel its row begins at.
    ink = [sum(count for shade, count in enumerate(row.histogram()) if shade < 200) for row in rows]
    assert min(ink) > 0 and max(ink) - min(ink) <= 0.1 * max(ink)


@pytest.mark.browser
def test_a_gif_holds_the_whole_scene(chromium: str, tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    record(MOVING, path)
    with Image.open(path) as picture:
        assert picture.format == "GIF" and picture.n_frames == 5  # 0.4 s at 12 frames a second
        assert picture.info["loop"] == 0


@pytest.mark.browser
def test_the_command_records(chromium: str, diffviz: Diffviz, tmp_path: Path) -> None:
    path = tmp_path / "anatomy.png"
    assert diffviz("export", "anatomy", path, "--set", "steps=2") == (0, f"wrote {path}\n", "")
    with Image.open(path) as picture:
        assert picture.format == "PNG" and min(picture.size) > 200


@pytest.mark.parametrize("ending", ["gif", "png"])
@pytest.mark.parametrize("named", [True, False], ids=["named in vain", "none on the path"])
def test_without_a_browser_one_sentence_says_so_before_anything_runs(
    diffviz: Diffviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, named: bool
) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("DIFFVIZ_CHROMIUM", raising=False)
    if named:
        monkeypatch.setenv("DIFFVIZ_CHROMIUM", str(tmp_path / "bin" / NAMES[0]))
    monkeypatch.setitem(
        notebook.EXPERIMENTS,
        "race",
        notebook.EXPERIMENTS["race"].__class__(
            notebook.RaceConfig, lambda config: pytest.fail("it ran"), object, lambda result: MOVING
        ),
    )
    status, out, err = diffviz("export", "race", tmp_path / f"race.{ending}")
    assert status == 2 and out == ""
    assert err == "diffviz: Recording a scene needs Chromium: install it, or name one in DIFFVIZ_CHROMIUM.\n"
    assert not (tmp_path / f"race.{ending}").exists()


def test_what_is_named_must_be_a_browser(diffviz: Diffviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright.sync_api")
    stub = tmp_path / "chromium"
    stub.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    stub.chmod(0o755)
    monkeypatch.setenv("DIFFVIZ_CHROMIUM", str(stub))
    with pytest.raises(ConfigError, match="did not start as a browser"):
        record(MOVING, tmp_path / "moving.png")
    assert not (tmp_path / "moving.png").exists()
