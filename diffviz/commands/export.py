"""`diffviz export`: the picture of an experiment as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diffviz.commands.output import check_destination, print_json
from diffviz.commands.record import find_chromium, record
from diffviz.commands.settings import with_settings
from diffviz.config import ConfigError, Range, quoted
from diffviz.figures import paper
from diffviz.figures.chart import Chart
from diffviz.notebook import EXPERIMENTS, Experiment
from diffviz.player import Scene, save

Write = Callable[[Any, Path], object]
CLOCK = Range(0.0, 1.0)
FORMATS: Mapping[str, paper.Format] = {".pdf": "pdf", ".svg": "svg", ".png": "png"}  # of a chart


def export_command(
    name: str, path: Path, settings: Sequence[str], chart: bool, wide: bool, at: str, as_json: bool
) -> None:
    """Run and write; raises `ConfigError` before anything runs if there is nothing to write there."""
    if name not in EXPERIMENTS:
        raise ConfigError(f"An experiment must be one of {', '.join(EXPERIMENTS)}, got {quoted(name)}.")
    experiment = EXPERIMENTS[name]
    compose, write = _way(experiment, name, path, chart, wide, CLOCK.parse("at", at, float))
    check_destination(path)
    config = with_settings(experiment.config(), settings)
    write(compose(experiment.run(config)), path)
    if as_json:
        print_json({"experiment": name, "path": str(path), "bytes": path.stat().st_size, "config": repr(config)})
    else:
        print(f"wrote {path}")


def _way(
    experiment: Experiment, name: str, path: Path, chart: bool, wide: bool, at: float
) -> tuple[Callable[[Any], Any], Write]:
    """What is made of the result, and how it is written under the path's ending."""

    def write_scene(scene: Scene, path: Path) -> None:
        record(scene, path, at)

    def write_chart(drawn: Chart, path: Path) -> None:
        path.write_bytes(paper.render(drawn, FORMATS[path.suffix], "page" if wide else "column"))

    def write_values(drawn: Chart, path: Path) -> None:
        path.write_text(drawn.csv(), encoding="utf-8")

    scenes: Mapping[str, Write] = {".html": save, ".gif": write_scene, ".png": write_scene}
    charts: Mapping[str, Write] = {**dict.fromkeys(FORMATS, write_chart), ".csv": write_values}
    if experiment.scene is not None and path.suffix in scenes and not chart:
        write = scenes[path.suffix]
        if write is write_scene:
            find_chromium()  # or say so before the experiment runs
        return experiment.scene, write
    if experiment.chart is not None and path.suffix in charts:
        return experiment.chart, charts[path.suffix]
    endings = [*(scenes if experiment.scene else ()), *(charts if experiment.chart else ())]
    raise ConfigError(f"{name} is written as {', '.join(dict.fromkeys(endings))}, got {quoted(path.name)}.")
