"""What is written as source code is the very same when it is read; recipes use names that can be imported."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffviz
from diffviz.config import Choice, Config, Entry, Flag, Range
from diffviz.data import DATASETS, DrawnPoints, UploadedPoints, csv
from diffviz.experiments.problem import SCORE_SOURCES, Problem
from diffviz.grids import GRIDS
from diffviz.metrics import METRICS
from diffviz.notebook import EXPERIMENTS
from diffviz.objectives import OBJECTIVES, TIME_SAMPLERS, WEIGHTINGS
from diffviz.pretrained.students import STUDENTS
from diffviz.samplers import SAMPLERS
from diffviz.schedules import SCHEDULES
from diffviz.source_code import CHOSEN, ROWS, script
from diffviz.training.loop import TrainingConfig

CATALOGUES: tuple[Mapping[str, Any], ...] = (
    SAMPLERS, SCHEDULES, GRIDS, METRICS, DATASETS, OBJECTIVES, WEIGHTINGS, TIME_SAMPLERS, STUDENTS, SCORE_SOURCES,
)  # fmt: skip
KINDS = sorted(
    {kind for catalogue in CATALOGUES for kind in catalogue.values()} | {e.config for e in EXPERIMENTS.values()},
    key=lambda kind: kind.__qualname__,
)


def show(config: object) -> None:
    """Nothing but what it is given."""
    print(config)


def read(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    names: dict[str, Any] = {}
    monkeypatch.chdir(folder)
    exec(text, names)
    return names["config"]


def changed(config: Config) -> Config:
    """The same with every choice another one, as far as they go together."""
    for parameter in config.parameters():
        match parameter.domain:
            case Range(low=low):
                other: object = parameter.kind(low)
            case Choice(options=options):
                other = list(options)[-1]
            case Flag():
                other = not parameter.default
        try:
            config = replace(config, **{parameter.name: other})
        except ValueError:
            continue
    return config


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
def test_every_configuration_is_the_same_when_its_code_is_run(
    kind: type[Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for config in (kind(), changed(kind())):
        text = script(show, config)
        assert repr(read(text, tmp_path, monkeypatch)) == repr(config)
        assert max(map(len, text.splitlines())) <= 120


def test_of_a_catalogue_member_only_what_differs_is_written_and_of_others_all() -> None:
    assert "config = DDIM()" in script(show, diffviz.DDIM())
    assert "config = DDIM(eta=0.5)" in script(show, diffviz.DDIM(eta=0.5))
    written = script(show, TrainingConfig(steps=20_000))
    assert "steps=20_000," in written and all(f"{field.name}=" in written for field in fields(TrainingConfig))
    assert issubclass(diffviz.DDIM, Entry) and not issubclass(TrainingConfig, Entry)


@pytest.mark.parametrize("count", [ROWS, ROWS + 1])
@pytest.mark.parametrize("kind", [DrawnPoints, UploadedPoints])
def test_points_travel_in_the_script_or_beside_it(
    kind: type[Config], count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.random.default_rng(0).normal(size=(count, 2))
    data = kind(points=points)  # type: ignore[call-arg]
    text = script(show, Problem(data))  # type: ignore[arg-type]
    assert ("points.csv" in text) is (count > ROWS) and text.count("points = ") == 1
    (tmp_path / "points.csv").write_text(csv.write(points), encoding="utf-8")
    assert read(text, tmp_path, monkeypatch).dataset.digest == data.digest  # type: ignore[attr-defined]


def test_a_script_is_docstring_imports_choices_and_the_lines_of_the_recipe() -> None:
    assert script(show, (diffviz.Ring(count=5),)) == (
        '"""Nothing but what it is given."""\n\nfrom diffviz import Ring\n\n'
        f"{CHOSEN}\nconfig = (Ring(count=5),)\n\nprint(config)\n"
    )


def test_what_has_no_code_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot hold a value of type object"):
        script(show, object())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.__name__ in diffviz.__all__])
def test_what_the_front_door_offers_is_imported_from_there(kind: type[Config]) -> None:
    lines = [line for line in ast.parse(script(show, kind())).body if isinstance(line, ast.ImportFrom)]
    (module,) = [line.module for line in lines if kind.__name__ in [name.name for name in line.names]]
    assert (module == "diffviz") is (getattr(diffviz, kind.__name__) is kind)
